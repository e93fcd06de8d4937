<?php
// A stand-in for the site's database: conversations and their messages in one file, one JSON document a line.
// A record's id is the number of its line, so whoever has seen record 17 has missed nothing but what comes
// after it. In a database that takes care: of two transactions the one with the lower id may be committed
// later.

declare(strict_types=1);

final class Store
{
    public function __construct(private string $path)
    {
    }

    /** Stores a conversation or a message, and gives it back with its id. */
    public function add(string $kind, array $record): array
    {
        $file = $this->open(LOCK_EX);
        $record = ['id' => count($this->lines($file)) + 1, 'kind' => $kind] + $record;
        fwrite($file, json_encode($record, JSON_THROW_ON_ERROR) . "\n");
        fclose($file); // which also unlocks it
        return $record;
    }

    /** The conversations that the user takes part in. */
    public function conversationsOf(int $user): array
    {
        return self::joinedBy($user, $this->records());
    }

    /** What the user may see of the records after `$after`, and the id of the last record of all. */
    public function newsFor(int $user, int $after): array
    {
        $records = $this->records();
        $joined = array_column(self::joinedBy($user, $records), 'id');
        $news = array_filter(array_slice($records, $after), fn (array $record) =>
            in_array($record['kind'] === 'message' ? $record['conversation'] : $record['id'], $joined, true));
        $ofKind = fn (string $kind) =>
            array_values(array_filter($news, fn (array $record) => $record['kind'] === $kind));
        return [
            'last' => count($records),
            'conversations' => $ofKind('conversation'),
            'messages' => $ofKind('message'),
        ];
    }

    private static function joinedBy(int $user, array $records): array
    {
        return array_values(array_filter($records, fn (array $record) =>
            $record['kind'] === 'conversation' && in_array($user, $record['members'], true)));
    }

    private function records(): array
    {
        $file = $this->open(LOCK_SH);
        $lines = $this->lines($file);
        fclose($file);
        return array_map(fn (string $line) => json_decode($line, true, flags: JSON_THROW_ON_ERROR), $lines);
    }

    /** @return resource */
    private function open(int $lock)
    {
        $file = fopen($this->path, 'c+');
        flock($file, $lock);
        return $file;
    }

    /** @param resource $file */
    private function lines($file): array
    {
        return explode("\n", stream_get_contents($file), -1);
    }
}
