<?php
// The page. It is empty at first: feed.js fetches the user's conversations and keeps them up to date.

declare(strict_types=1);

require __DIR__ . '/../src/site.php';

$user = currentUser();
?>
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Conversations</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="example.css">
<?php if ($user !== null): ?>
  <script type="module" src="page.js"></script>
<?php endif ?>
</head>
<body data-hub="<?= html(getenv('MERCURE_PUBLIC_URL')) ?>" data-user="<?= $user ?>">
  <header>
    <h1>Conversations</h1>
<?php if ($user === null): ?>
    <p>Log in first.</p>
<?php else: ?>
    <p>You are user <?= $user ?>.</p>
    <p class="state" role="status" id="state" data-state="waiting">Connecting…</p>
<?php endif ?>
  </header>
<?php if ($user !== null): ?>
  <main id="conversations">
    <section aria-labelledby="begin-title">
      <h2 id="begin-title">New conversation</h2>
      <form id="begin" action="conversations/create">
        <label for="members">With users</label>
        <input id="members" name="members" placeholder="42, 43" required>
        <div class="actions"><button>Begin</button> <span role="status" class="hint"></span></div>
      </form>
    </section>
  </main>
  <template id="conversation">
    <section>
      <h2></h2>
      <ol class="messages" role="log" tabindex="0" aria-label="Messages"></ol>
      <form action="messages/create">
        <input type="hidden" name="conversation">
        <label>Message <textarea name="text" rows="2" required></textarea></label>
        <div class="actions"><button>Send</button> <span role="status" class="hint"></span></div>
      </form>
    </section>
  </template>
<?php endif ?>
</body>
</html>
