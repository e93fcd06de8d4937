<?php
// POST messages/create: stores a message, then publishes it to the others in the conversation. In this order
// a message that the hub did not take is still there for those who ask the server, and nobody sees one that
// was never stored.

declare(strict_types=1);

require __DIR__ . '/../../src/site.php';

use Symfony\Component\Mercure\Update;

requireMethod('POST');
$user = requireUser();
$conversation = (int) ($_POST['conversation'] ?? 0);
if (!in_array($conversation, array_column(store()->conversationsOf($user), 'id'), true)) {
    refuse(403, 'you take no part in this conversation');
}
$record = ['conversation' => $conversation, 'from' => $user, 'text' => postedText('text'), 'at' => time()];
$message = store()->add('message', $record);
publish(new Update("/conversations/$conversation", json($message), private: true));
answer($message, 201);
