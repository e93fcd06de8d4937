<?php
// GET messages/since?after=17: the user's conversations and messages that came after record 17, and the last
// record.

declare(strict_types=1);

require __DIR__ . '/../../src/site.php';

requireMethod('GET');
answer(store()->newsFor(requireUser(), max(0, (int) ($_GET['after'] ?? 0))));
