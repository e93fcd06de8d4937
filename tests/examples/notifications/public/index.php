<?php
// The page: sets the cookie for the hub, and says which topics to watch. Users have one of their own; what is
// for everybody also reaches visitors who have not logged in.

declare(strict_types=1);

require __DIR__ . '/../../shared/http.php';
require __DIR__ . '/../../shared/login.php';
require __DIR__ . '/../src/cookie.php';

$user = currentUser();
authorise($user);
$topics = $user === null ? ['notification/everybody'] : ['notification/everybody', "notification/$user"];
?>
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Notifications</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="example.css">
  <script type="module" src="page.js"></script>
</head>
<body data-hub="<?= html(subscriptionUrl($topics)) ?>">
  <header>
    <h1>Notifications</h1>
    <p><?= $user === null ? 'Not logged in: you see what is for everybody.' : "You are user $user." ?></p>
    <p class="state" role="status" id="state" data-state="waiting">Connecting…</p>
  </header>
  <main>
<?php if ($user !== null): ?>
    <section aria-labelledby="send-title">
      <h2 id="send-title">Send</h2>
      <form id="send">
        <label for="recipients">To users</label>
        <input id="recipients" name="recipients" placeholder="42, 43" aria-describedby="recipients-hint">
        <p id="recipients-hint" class="hint">Left empty: to everybody.</p>
        <label for="text">Text</label>
        <textarea id="text" name="text" rows="2" required></textarea>
        <div class="actions"><button>Send</button> <span role="status" id="sent" class="hint"></span></div>
      </form>
    </section>
<?php endif ?>
    <section aria-labelledby="notifications-title">
      <h2 id="notifications-title">Received</h2>
      <ol id="notifications" role="log" tabindex="0" aria-label="Notifications, newest first"></ol>
    </section>
  </main>
</body>
</html>
