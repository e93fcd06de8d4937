// Pairs [input, base], base null for none, made after the grammar of URLs and then damaged: the same ones for
// the same seed. Left out are code points that IDNA treats differently in Unicode 15 and later, since what
// becomes of those depends on the libraries' tables alone.

import {randomNumbers} from './random_numbers.mjs';

const SCHEMES = ['http', 'https', 'ws', 'wss', 'ftp', 'file', 'HtTpS', 'FILE', 'foo', 'data', 'mailto',
  'javascript', 'blob', 'urn', 'a+b-c.d', 'x1', 'ht\ttp', '1x', 'h_t', 'é', ''];
const SLASHES = ['', '/', '//', '//', '//', '//', '///', '////', '\\', '\\\\', '/\\', '\\/', '//\t', '\n//', '/./'];
const USERS = ['', 'u', 'user', 'a%20b', 'Ünï', 'a|b', '%zz', "q'q", '^`{}', 'a;b=c', '[', '\u0000', '😀', '$&+,'];
const DOMAINS = ['example.com', 'EXAMPLE.Org', 'a', 'a.b.c.', 'localhost', 'LocalHost', '..', '.', 'a..b', '-a-.b-',
  'a_b', 'ab--c', 'x!$&()*+,;=~', "it's", 'www.ex%61mple.com', '%65%78', 'a%2Eb', '%00', '%2F', 'a%', 'a%zz',
  'a b', 'a%20b', 'a<b', 'a>b', 'a^b', 'a|b', 'a`b', 'a{b}', 'a"b', 'a\u007Fb', 'a\u0001b', '%7F', 'a%25b'];
const INTERNATIONAL = ['bücher.example', 'BÜCHER', 'faß.de', 'ñandú.es', 'ＧＯ.com', '日本。jp', 'a。b．c｡', '☕.us',
  'مثال.إختبار', 'אב.com', 'א1', '1א', 'אa', 'क्ष.in', 'नी\u200Cश', 'a\u200Cb', 'a\u200Db', 'क्\u200Dष',
  '\u0301a', 'a\u0301', 'e\u0301.x', '\u00ADa', 'a\u00ADb', '\u00AD', '😀.la', '\uFFFD', '%EF%BF%BD', '%C3%BC',
  '%C3', '%FF', 'ü%41', '１２７.0.0.1', '0Ｘ7f.1', 'x．.1', 'σς.gr', 'ΑΣ.GR', 'xn--bcher-kva.ü', 'ü.xn--a', 'xn--ü',
  'ab--ü', '-ü-', 'ü..ü', 'ü'.repeat(70), 'Ⅷ', '㎏', 'ﬁ', '℡.com', '％41', '／', '？', '＃', '＠', '：80'];
const PUNYCODE = ['xn--bcher-kva.example', 'XN--BCHER-KVA', 'xn--a', 'xn--', 'xn--a.b', 'a.xn--zca', 'xn--ls8h.la',
  'xn--8i7caa', 'a.xn--99999999', 'xn--0.1'];
const IPV4 = ['127.0.0.1', '0', '1', '256', '1.2', '1.2.3', '1.2.3.4.', '1.2.3.4.5', '0x7f.1', '0X7F000001', '0x',
  '0x.0x', '017700000001', '010.0.0.1', '08', '09.1', '1.2.3.08', '4294967295', '4294967296', '1.16777215',
  '1.16777216', '1.2.65535', '1.2.65536', '256.1', '1..2', '.1', '1.', '1..', 'a.1', 'a.0x', 'a.0xg', '1.a', '1e3',
  '0xffffffffffffffffffff', '99999999999999999999', '%31.%32', '1.2.3.0x100', '1.2.3.-1', '1.+2'];
const IPV6 = ['[::]', '[::1]', '[1:2:3:4:5:6:7:8]', '[1::8]', '[2001:DB8::A]', '[::ffff:1.2.3.4]', '[1:2:3:4:5:6:7::]',
  '[::2:3:4:5:6:7:8]', '[0:0:1:0:0:0:1:0]', '[1:0:0:1:0:0:1:1]', '[1:2:3:4:5:6:1.2.3.4]', '[::1.2.3.256]', '[::1.2.3]',
  '[::01.2.3.4]', '[::1.2.3.4.5]', '[1:2:3:4:5:6:7:1.2.3.4]', '[::1::]', '[:::]', '[:1]', '[1:]', '[1]', '[]', '[',
  ']', '[::1', '::1]', '[::g]', '[12345::]', '[::1%25eth0]', '[::1]x', 'x[::1]', '[ ::1]', '[::1.]', '[::.1.2.3]',
  '[0001:00::]', '[::%31]', '[1:2:3:4:5:6:7:8:9]', '[::\t1]', '[v1.a]'];
const PORTS = ['', '', '', '', '', ':', ':80', ':443', ':21', ':8080', ':0', ':65535', ':65536', ':00080', ':1\t2', ':-1',
  ':+1', ':a', ':80a', ': 80', ':99999999999', ':８', ':80:80'];
const SEGMENTS = ['', '', 'a', 'b', 'index.html', '.', '..', '%2e', '%2E%2e', '.%2E', '%2e.', '...', '.a', 'a.', '%2f',
  'C:', 'c|', 'C|x', 'C:x', '1:', 'é', '日', '😀', 'a b', 'a%20b', '%', '%g1', 'a^b', '`{}|"<>', "it's", '~!$&()*+,;=@:',
  'a\tb', 'a\nb', '\u0000', '\u0085', '\uFEFF', '[x]', '%C3%A9', '%ff'];
const SEPARATORS = ['/', '/', '/', '/', '\\', '//', '/\t'];
const TAILS = ['', '', '', '', '?', '#', '?q', '?a=b&c=d', "?'", '?<">`', '?{}|^', '?é%20 x', '??', '?#', '#f', '#?',
  '##', '#é<">`{}', '# ', '? ', ' ?q', '  #f', ' ', '?\t#\n', '?a#b?c#d', '#\u0000', '?\u007F', '?/../..', '#/..\\'];
const BASES = ['http://example.com', 'https://user:pw@example.org:8080/a/b/c?q#f', 'http://host/dir/', 'ws://h/a//b?x',
  'file:///C:/a/b', 'file:///c:', 'file://server/share/f', 'file:///a/b?q', 'foo://host/a/b', 'foo:/a/b', 'foo:/.//p',
  'foo:///a/', 'foo://u:p@h:1', 'data:text,x', 'mailto:a@b', 'foo:op  ?q', 'javascript:1', 'http://[::1]:81/x/../y',
  'https://xn--bcher-kva.example/', 'not a base', 'http://'];
const DAMAGE = ['/', '\\', ':', '@', '?', '#', '[', ']', '%', '.', '..', '|', ' ', '\t', '\n', '\u0000', '%2e', '%00',
  'é', '\u00AD', '😀', '0', 'x', '-', '//', '^', "'", 'C|'];

class Generator {
  constructor(seed) {
    this.below = randomNumbers(seed);
  }

  pick(choices) {
    return choices[this.below(choices.length)];
  }

  oneIn(count) {
    return this.below(count) === 0;
  }

  credentials() {
    if (!this.oneIn(5)) return '';
    const user = this.pick(USERS) + (this.oneIn(2) ? ':' + this.pick(USERS) : '') + '@';
    return this.oneIn(6) ? user + this.pick(USERS) + '@' : user;
  }

  host() {
    return this.pick(this.pick([DOMAINS, DOMAINS, INTERNATIONAL, INTERNATIONAL, PUNYCODE, IPV4, IPV6, ['']]));
  }

  path() {
    let path = '';
    for (let left = this.below(6); left > 0; --left) path += this.pick(SEPARATORS) + this.pick(SEGMENTS);
    return path;
  }

  absolute() {
    const scheme = this.pick(SCHEMES);
    return scheme + (this.oneIn(40) ? '' : ':') + this.pick(SLASHES) + this.credentials() + this.host() +
      this.pick(PORTS) + this.path() + this.pick(TAILS);
  }

  opaque() {
    return this.pick(['foo:', 'data:', 'mailto:', 'urn:']) + this.pick(SEGMENTS) + this.path() + this.pick(TAILS);
  }

  relative() {
    const beginning = this.pick(['', '', '/', '//' + this.host(), '\\\\' + this.host(), 'C|', 'C:/', '/C|/', '/C:x/..', '?', '#', '..']);
    return beginning + this.pick(SEGMENTS) + this.path() + this.pick(TAILS);
  }

  damage(text) {
    const points = [...text];
    for (let left = this.below(3) + 1; left > 0; --left) {
      points.splice(this.below(points.length + 1), this.below(3), this.pick(DAMAGE));
    }
    return points.join('');
  }

  pair() {
    const base = this.oneIn(2) ? this.pick(BASES) : null;
    const kind = this.below(base === null ? 5 : 10);
    const input = kind < 4 ? this.absolute() : kind < 5 ? this.opaque() : this.relative();
    const isDamaged = this.oneIn(4);
    return [isDamaged ? this.damage(input) : input, base];
  }
}

export function makePairs(count, seed) {
  const generator = new Generator(seed);
  return Array.from({length: count}, () => generator.pair());
}
