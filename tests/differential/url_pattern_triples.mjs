// Triples [pattern, base, topic], made after the grammar of URL patterns, with topics that fit many of the
// patterns, and then damaged: the same ones for the same seed. Left out are characters that IDNA treats
// differently from one version of Unicode to the next, and those that an older Node encodes differently.

import {randomNumbers} from './random_numbers.mjs';

const BASES = ['https://hub.example/.well-known/mercure', 'http://localhost:8080/hub',
  'https://hub.example:8443/a/b(c)/d?x+y#z'];
const WORDS = ['a', 'b', 'books', 'Users', '1', '42', 'x-y', 'caf%C3%A9', 'café', '日本', 'a.b', 'a b', '%2F', '~',
  '(a)', 'q=1', 'a+b', '*', '😀'];
const LABELS = ['a', 'www', 'example', 'shop', 'x-1', 'b42', 'c'];
const INTERNATIONAL_LABELS = [...LABELS, 'Shop', 'bücher', 'xn--bcher-kva', 'ñandú', '日本', 'É'];
const NAMES = ['a', 'id', 'Name_', '$x', 'é', '名'];
const SPECIAL_SCHEMES = ['https', 'https', 'https', 'http', 'ws', 'wss', 'ftp', 'HTTPS'];
const OTHER_SCHEMES = ['foo', 'urn', 'data', 'mailto'];
const SCHEME_GROUPS = [['http{s}?', 'http'], ['http{s}?', 'https'], ['(https|ftp)', 'ftp'], ['{ft}?p', 'ftp'],
  ['ws{s}+', 'wss'], ['*', 'https'], [':s', 'http'], [':s(h.*)', 'https']];
const PORTS = ['80', '443', '8080', '8443', '0', '65535', '21'];
// Regular expressions that mean the same under the flags u and v, each with texts that it matches.
const REGEXPS = [
  ['\\d+', ['0', '42', '2026']], ['[a-z]+', ['a', 'books']], ['[^\\/]*', ['', 'a.b', '~']], ['a|b', ['a', 'b']],
  ['\\w{2,4}', ['ab', 'a_9', 'abcd']], ['(?:ab)+?', ['ab', 'abab']], ['.+', ['x', 'xyz']], ['.*', ['', 'xy']],
  ['[\\d\\-]+', ['1-2']], ['\\u{61}\\x62', ['ab']], ['a?b*c', ['c', 'abbc']], ['\\p{Lu}', ['A']],
  ['[^\\/]+?', ['x']], ['[^\\.]+?', ['x']], ['\\Bab\\b', ['ab']], ['^a$', ['a']], ['[A-Z]{3}', ['ABC']],
  ['\\S\\s?', ['a']], ['[\\w%\\~]+', ['%7E', '~']], ['[^a-y\\s]', ['z', '0']], ['x(?<n>y)', ['xy']], ['\\.\\/', ['./']],
  ['[\\]\\[]', [']']], ['\\W{0,2}?', ['', '-']], ['[\\P{L}]', ['1']], ['(?:a|b|)(?:c|d)', ['c', 'bd']],
];
const INVALID_REGEXPS = ['a{2,1}', '[b-a]', 'a**', '(?i)a', '\\z', '(?P<n>a)', '\\pL', '[', 'a{', '\\c', '(?>a)',
  '\\Qa', '\\400', 'é', '(a)', '?a', 'a++', '(?<n>a)(?<n>b)', '\\p{lu}', '\\u{110000}', '(?:', '\\-', '{1}', '\\A',
  '*'];
const DAMAGE = ['/', ':', '?', '#', '@', '*', '+', '{', '}', '(', ')', '[', ']', '\\', '.', '..', 'a', '1', '%41', '-',
  '&', ':x', '(b)', '{c}?', '//', 'é'];

const escape = text => text.replace(/[+*?:{}()\\]/g, '\\$&');

const join = (pieces, separator = '') => [0, 1].map(side => pieces.map(piece => piece[side]).join(separator));

// Each method that makes a piece of a pattern gives it as [pattern, text that it matches].
class Generator {
  constructor(seed) {
    this.below = randomNumbers(seed);
    this.names = 0;
  }

  pick(choices) {
    return choices[this.below(choices.length)];
  }

  oneIn(count) {
    return this.below(count) === 0;
  }

  repeat(count, make) {
    return Array.from({length: count}, make);
  }

  fixed(words) {
    const text = this.pick(words);
    return [escape(text), text];
  }

  regexp() {
    if (this.oneIn(60)) return [`(${this.pick(INVALID_REGEXPS)})`, 'a'];
    const [source, texts] = this.pick(REGEXPS);
    return [`(${source})`, this.pick(texts)];
  }

  // Once in a while one that was there before.
  name() {
    return ':' + this.pick(NAMES) + (this.oneIn(30) ? '1' : ++this.names);
  }

  group(words) {
    const kind = this.below(4);
    if (kind === 0) return ['*', this.oneIn(3) ? '' : this.pick(words)];
    if (kind === 1) return this.regexp();
    if (kind === 2) return join([[this.name(), ''], this.regexp()]);
    return [this.name(), this.pick(words)];
  }

  braced(words) {
    const before = this.oneIn(2) ? this.fixed(words) : ['', ''];
    const group = this.oneIn(3) ? ['', ''] : this.group(words);
    const after = this.oneIn(3) ? this.fixed(words) : ['', ''];
    const [pattern, text] = join([before, group, after]);
    const [modifier, least, most] = this.pick([['', 1, 1], ['?', 0, 1], ['*', 0, 3], ['+', 1, 3]]);
    return [`{${pattern}}${modifier}`, text.repeat(least + this.below(most - least + 1))];
  }

  piece(words) {
    const kind = this.below(6);
    if (kind < 3) return this.fixed(words);
    return kind < 5 ? this.group(words) : this.braced(words);
  }

  pieces(words, most) {
    return join(this.repeat(this.below(most + 1), () => this.piece(words)));
  }

  // A group behind a slash may be missing or stand more than once, slash and all.
  segment() {
    if (!this.oneIn(4)) return join([['/', '/'], this.piece(WORDS)]);
    const [group, text] = this.group(WORDS);
    const [modifier, least, most] = this.pick([['?', 0, 1], ['*', 0, 2], ['+', 1, 3]]);
    return [`/${group}${modifier}`, `/${text}`.repeat(least + this.below(most - least + 1))];
  }

  path() {
    return join(this.repeat(this.below(5), () => this.segment()));
  }

  host(labels) {
    if (this.oneIn(12))
      return this.pick([['[\\:\\:1]', '[::1]'], ['[*]', '[1::2]'], ['127.0.0.1', '127.1'], ['*', 'a.b'],
        ['{*.}?a', 'a']]);
    return join(this.repeat(1 + this.below(3), () => this.oneIn(3) ? this.piece(labels) : this.fixed(labels)), '.');
  }

  port() {
    const port = this.pick(PORTS);
    const text = ':' + port;
    return this.pick([['', ''], ['', ''], ['', ''], [':*', this.pick(['', text])], [text, text], [`:(${port}|1)`, text],
      [':{1}?{8}?', ':18']]);
  }

  user() {
    if (!this.oneIn(8)) return ['', ''];
    return join([this.pieces(WORDS, 2), this.oneIn(2) ? ['\\:', ':'] : ['', ''], this.pieces(WORDS, 1), ['@', '@']]);
  }

  tail() {
    const search = [this.pick([['?', '?'], ['\\?', '?'], ['?q=', '?q=']]), this.pieces(WORDS, 2)];
    const hash = [['#', '#'], this.pieces(WORDS, 2)];
    return join([...(this.oneIn(3) ? search : []), ...(this.oneIn(4) ? hash : [])]);
  }

  special() {
    const scheme = this.oneIn(4) ? this.pick(SCHEME_GROUPS) : this.fixed(SPECIAL_SCHEMES);
    return join([scheme, ['://', '://'], this.user(), this.host(INTERNATIONAL_LABELS), this.port(), this.path(),
      this.tail()]);
  }

  // Of another scheme: with a host, or with an opaque path.
  other() {
    const scheme = this.fixed(OTHER_SCHEMES);
    if (this.oneIn(2)) return join([scheme, ['://', '://'], this.host(LABELS), this.port(), this.path(), this.tail()]);
    const colon = this.pick([['\\:', ':'], ['{:}', ':']]);
    return join([scheme, colon, this.fixed(WORDS), this.pieces(WORDS, 2), this.tail()]);
  }

  relative() {
    const start = this.pick([['', ''], ['', ''], ['../', '../'], ['./', './'], ['{/x}', '/x']]);
    return join([start, this.oneIn(3) ? this.pieces(WORDS, 2) : this.path(), this.tail()]);
  }

  damage(text) {
    const at = this.below(text.length + 1);
    return text.slice(0, at) + this.pick(DAMAGE) + text.slice(at + this.below(3));
  }

  patternAndTopic() {
    const kind = this.below(8);
    const [pattern, topic] = kind < 2 ? this.relative() : kind === 2 ? this.other() : this.special();
    return [this.oneIn(6) ? this.damage(pattern) : pattern, topic];
  }

  triples(count) {
    const triples = [];
    let lastTopic = 'bar';
    while (triples.length < count) {
      const base = this.pick(BASES);
      const [pattern, topic] = this.patternAndTopic();
      for (const each of [topic, this.damage(topic), lastTopic]) triples.push([pattern, base, each]);
      lastTopic = topic;
    }
    // Half a surrogate pair, which damage may leave, is no text.
    return triples.map(triple => triple.map(text => text.replace(/\p{Surrogate}/gu, '')));
  }
}

export function makeTriples(seed, count) {
  return new Generator(seed).triples(count);
}
