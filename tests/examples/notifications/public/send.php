<?php
// Sends a notification: one update for all of its recipients, with a topic for each of them. It is private,
// so that only they get it. Without recipients it is a public one for everybody.

declare(strict_types=1);

require __DIR__ . '/../../shared/http.php';
require __DIR__ . '/../../shared/login.php';
require __DIR__ . '/../../shared/hub.php';

use Symfony\Component\Mercure\Update;

requireMethod('POST');
$data = json(['from' => requireUser(), 'text' => postedText('text'), 'at' => time()]);
$recipients = postedNumbers('recipients');

// Here a site stores the notification, for those who are not on a page of it now.

$topics = array_map(fn (int $id) => "notification/$id", $recipients);
publish($topics
    ? new Update($topics, $data, private: true, type: 'new_message')
    : new Update('notification/everybody', $data, type: 'notification'));
answer(['recipients' => $recipients]);
