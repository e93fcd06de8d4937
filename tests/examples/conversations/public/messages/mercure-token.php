<?php
// GET messages/mercure-token: what the logged-in user may subscribe to, and a token for just that.
//
// The page puts the token into the stream's URL, as EventSource can send no header. A cookie for the hub's
// host and path is the better way where site and hub share a domain, since scripts can't read it and logs
// don't show it: see the example of notifications.

declare(strict_types=1);

require __DIR__ . '/../../src/site.php';

requireMethod('GET');
$user = requireUser();
$conversations = array_column(store()->conversationsOf($user), 'id');
$topics = array_map(fn (int $id) => "/conversations/$id", $conversations);
$topics[] = "/conversations/user/$user"; // news of new conversations
answer(['topics' => $topics, 'token' => subscriberToken($topics)]);
