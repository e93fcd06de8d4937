// Where the package urlpattern-polyfill 10.1.0 and today's URL Pattern standard differ: the clause that decides,
// triples that show it, and corrections that make the polyfill do what the clause says, each by the name of the
// function that it replaces. The polyfill with all of them is what the module has to agree with, so they rest on
// Node's URL and regular expressions alone. `most` bounds the triples whose verdict a clause changes.

import {hidePunycode, showPunycode} from './url_known_differences.mjs';

const HUB = 'https://hub.example/.well-known/mercure';

// Behind an even number of backslashes, as what they do not escape.
const LAST_BACKSLASH = /(?<!\\)(\\\\)*\\$/;
const BACKREFERENCE_OR_LOOKAROUND = /(?<!\\)(\\\\)*(\\[1-9k]|\(\?<?[=!])/;

function canonicalizeProtocol(text) {
  return text && new URL(`${text}://dummy.invalid/`).protocol.slice(0, -1);
}

// The setter keeps a failure to itself, and the hostname as it is.
function readHostname(text) {
  const [one, another] = ['https://one.invalid', 'https://another.invalid'].map(
    url => Object.assign(new URL(url), {hostname: text}).hostname);
  return one === another ? one : undefined;
}

// A domain in ASCII may have a label that is no valid Punycode.
function canonicalizeHostname(text) {
  if (!text) return text;
  const hostname = readHostname(text);
  if (hostname) return hostname;
  const masked = readHostname(hidePunycode(text));
  if (!masked || masked.includes('xn--')) throw new TypeError(`no URL has this hostname: ${text}`);
  return showPunycode(masked);
}

// By the letter of the standard 443 would be none for every scheme, that of its dummy URL being "https". It stays
// here, as it does in the polyfill and in the module.
function canonicalizePort(text) {
  const digits = /^\d*/.exec(text.replace(/[\t\n\r]/g, ''))[0];
  if (text && !digits) throw new TypeError(`no URL has this port: ${text}`);
  return new URL(`foo://dummy.invalid:${digits}`).port;
}

// The marks around it keep slashes from beginning a host, and spaces at the end from being stripped.
function canonicalizeOpaquePathname(text) {
  const path = text.replace(/( ?)[?#].*/s, (all, space) => space && '%20');
  return new URL(`data:-${path}-`).pathname.slice(1, -1);
}

// For functions whose last argument tells a pattern's component from a URL's.
const keepComponentOfUrl = original => (...args) => (args.at(-1) ? original(...args) : args[0]);

// For the tokenizer: refuses a pattern with such a regular expression.
const refuseRegexp = isRefused => original => (...args) => {
  const tokens = original(...args);
  if (tokens.some(({type, value}) => type === 'REGEX' && isRefused(value))) throw new TypeError('refused');
  return tokens;
};

export const KNOWN_DIFFERENCES = [
  {
    clause: 'match: each component is the URL\'s own; the polyfill reads it again, as one of a URL with "https:"',
    examples: [
      ['https://example.com//a', HUB, 'https://example.com//a'],
      ['foo://a/', HUB, 'foo://A/'],
      ['https://example.com/?a', HUB, 'https://example.com/??a'],
      ['https://example.com/#a', HUB, 'https://example.com/##a'],
    ],
    most: 190,
    corrections: {
      canonicalizeHostname: keepComponentOfUrl,
      canonicalizePathname: keepComponentOfUrl,
      canonicalizeSearch: keepComponentOfUrl,
      canonicalizeHash: keepComponentOfUrl,
    },
  },
  {
    clause: 'canonicalize a search, canonicalize a hash: a piece keeps the mark that it begins with',
    examples: [
      ['https://example.com/\\?*\\?a', HUB, 'https://example.com/?ba'],
      ['https://example.com/#*\\#a', HUB, 'https://example.com/#ba'],
    ],
    most: 5,
    corrections: {
      searchEncodeCallback: original => text => original('?' + text),
      hashEncodeCallback: original => text => original('#' + text),
    },
  },
  {
    clause: 'canonicalize an opaque pathname: nothing of it is resolved, and a space stays',
    examples: [['foo://a/b c', HUB, 'foo://a/b c'], ['foo://a/b/../c', HUB, 'foo://a/c']],
    most: 15,
    corrections: {pathURLPathnameEncodeCallback: () => canonicalizeOpaquePathname},
  },
  {
    clause: 'canonicalize a protocol: fails where no URL has it, as one that begins with no letter',
    examples: [['-a://b/', HUB, '-a://b/']],
    most: 20,
    corrections: {protocolEncodeCallback: () => canonicalizeProtocol},
  },
  {
    clause: 'canonicalize a hostname: fails where no URL has it, and is what a URL makes of it otherwise',
    examples: [
      ['https://a.42/', HUB, 'https://example.com/'],
      ['https://%61/', HUB, 'https://a/'],
      ['https://a\\\\b/', HUB, 'https://a/'],
    ],
    most: 30,
    corrections: {hostnameEncodeCallback: () => canonicalizeHostname},
  },
  {
    clause: 'canonicalize a port: ends before what is no digit',
    examples: [['https://a:81-/', HUB, 'https://a:81/']],
    most: 10,
    corrections: {portEncodeCallback: () => canonicalizePort},
  },
  {
    clause: 'create: a special scheme\'s own port is none; the polyfill has "wws" for "wss"',
    examples: [['wss://a:443/', HUB, 'wss://a/']],
    most: 5,
    corrections: {defaultPortForProtocol: original => scheme => original(scheme === 'wss' ? 'wws' : scheme)},
  },
  {
    clause: 'tokenize: a backslash at the end is an error',
    examples: [['/a\\', HUB, '/a']],
    most: 10,
    corrections: {
      lexer: original => (pattern, isLenient) => {
        if (!isLenient && LAST_BACKSLASH.test(pattern)) throw new TypeError('a backslash at the end');
        return original(pattern, isLenient);
      },
    },
  },
  {
    clause: 'add a part: the regular expression "*" is no wildcard, and not valid',
    examples: [['/(*)', HUB, '/a']],
    most: 15,
    corrections: {lexer: refuseRegexp(regexp => regexp === '*')},
  },
  {
    clause: 'compile a component: the flag is v, which wants syntax characters of a class escaped, and lets others be',
    examples: [['/([\\&])', HUB, '/&'], ['/([^/]+)', HUB, '/a']],
    most: 220,
    corrections: {
      flags: () => () => 'v',
      // Some V8 match wrong what has "[^]" under this flag, or crash.
      partsToRegexp: original => (...args) => RegExp(original(...args).source.replaceAll('[^]', '[\\s\\S]'), 'v'),
    },
  },
  {
    clause: 'none: what takes more than linear time is not supported',
    examples: [['/(a\\1)', HUB, '/a'], ['/(a(?=b).)', HUB, '/ab']],
    most: 5,
    corrections: {lexer: refuseRegexp(regexp => BACKREFERENCE_OR_LOOKAROUND.test(regexp))},
  },
];
