<?php
// Makes tokens for Symfony's Mercure component where its own LcobucciFactory is not at hand, which needs the
// package lcobucci/jwt: Debian 12 has none.

declare(strict_types=1);

use Symfony\Component\Mercure\Jwt\TokenFactoryInterface;

/** JSON Web Tokens (RFC 7519) that are signed with a secret by HS256, and end by themselves. */
final class Hs256TokenFactory implements TokenFactoryInterface
{
    public function __construct(private string $secret, private int $lifetime)
    {
    }

    public function create(?array $subscribe = [], ?array $publish = [], array $additionalClaims = []): string
    {
        $mercure = array_filter(['subscribe' => $subscribe, 'publish' => $publish]);
        $claims = ['mercure' => $mercure, 'exp' => time() + $this->lifetime] + $additionalClaims;
        $signed = self::encode(json_encode(['typ' => 'JWT', 'alg' => 'HS256'])) . '.'
            . self::encode(json_encode($claims, JSON_THROW_ON_ERROR));
        return $signed . '.' . self::encode(hash_hmac('sha256', $signed, $this->secret, true));
    }

    private static function encode(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
