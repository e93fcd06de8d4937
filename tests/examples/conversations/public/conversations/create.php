<?php
// POST conversations/create: begins a conversation, and announces it to each of its members on a topic of his
// own, as nobody's token can name the conversation yet.

declare(strict_types=1);

require __DIR__ . '/../../src/site.php';

use Symfony\Component\Mercure\Update;

requireMethod('POST');
$members = array_values(array_unique([requireUser(), ...postedNumbers('members')]));
if (count($members) < 2) {
    refuse(400, 'with whom?');
}
$conversation = store()->add('conversation', ['members' => $members]);
$topics = array_map(fn (int $member) => "/conversations/user/$member", $members);
publish(new Update($topics, json($conversation), private: true, type: 'conversation'));
answer($conversation, 201);
