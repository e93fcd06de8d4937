// Where the parser in a Node of some age (process.versions.ada) and today's URL standard differ, and the clause
// that decides. `correct` says what follows from Node's answer by that clause; nothing else is accepted. Before
// the version `until` the difference has to occur, from it on it must not.

import {domainToUnicode} from 'node:url';

export const PARTS = ['href', 'protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];

/** A pair's URL by its parts, null for none. */
export function parse([input, base]) {
  try {
    const url = new URL(input, base ?? undefined);
    return PARTS.map(name => url[name]);
  } catch {
    return null;
  }
}

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const SPECIAL = ['ftp:', 'file:', 'http:', 'https:', 'ws:', 'wss:'];
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}]/u;
const DOT_SEGMENT = /^(\.|%2e){1,2}$/i;
const DOUBLE_DOT_SEGMENT = /^(\.|%2e){2}$/i;

const part = (parts, name) => parts[PARTS.indexOf(name)];
const isSpecial = parts => SPECIAL.includes(part(parts, 'protocol'));

// An opaque path, or none.
const isOpaque = parts => !part(parts, 'pathname').startsWith('/') && part(parts, 'hostname') === '';

function withPathname(parts, pathname) {
  const [href] = parts;
  const end = href.search(/[?#]|$/);
  const corrected = [...parts];
  corrected[0] = href.slice(0, end - part(parts, 'pathname').length) + pathname + href.slice(end);
  corrected[PARTS.indexOf('pathname')] = pathname;
  return corrected;
}

function mapPathname(parts, change) {
  return parts && withPathname(parts, change(part(parts, 'pathname')));
}

function resolveDots(pathname) {
  const segments = pathname.split('/').slice(1);
  const resolved = [];
  segments.forEach((segment, index) => {
    if (DOUBLE_DOT_SEGMENT.test(segment)) resolved.pop();
    if (!DOT_SEGMENT.test(segment)) resolved.push(segment);
    else if (index === segments.length - 1) resolved.push('');
  });
  return resolved.map(segment => '/' + segment).join('');
}

function withoutTabsAndEnds(input) {
  return input.replace(/^[\0- ]+|[\0- ]+$|[\t\n\r]/g, '');
}

// Node takes a label that it would not decode once it looks otherwise.
export const hidePunycode = text => text.replace(/(x)n(?=--)/gi, '$1m');
export const showPunycode = text => text.replace(/(x)m(?=--)/gi, '$1n');

export const KNOWN_DIFFERENCES = [
  {
    name: 'a domain in ASCII stays as it is, though it be no valid Punycode',
    clause: 'https://url.spec.whatwg.org/#concept-domain-to-ascii, step 5',
    until: '4.0.0',
    correct(pair, parts) {
      if (parts) return parts;
      // Letters beyond ASCII become a label of their own.
      const masked = parse(pair.map(text => text && hidePunycode(withoutTabsAndEnds(text))));
      const isAscii = masked && !part(masked, 'hostname').includes('xn--');
      return isAscii ? masked.map(showPunycode) : null;
    },
  },
  {
    name: 'a base with an opaque path serves fragments alone',
    clause: 'https://url.spec.whatwg.org/#no-scheme-state, step 1',
    until: '4.0.0',
    correct([input, base], parts) {
      const text = withoutTabsAndEnds(input);
      const baseParts = base && !SCHEME.test(text) && parse([base, null]);
      return baseParts && isOpaque(baseParts) && !text.startsWith('#') ? null : parts;
    },
  },
  {
    name: 'in a domain with right-to-left letters each label begins with a letter and ends in no symbol',
    clause: 'https://url.spec.whatwg.org/#domain-parser-toascii, CheckBidi: rules 1 and 6 of RFC 5893, section 2',
    until: '4.0.0',
    correct(pair, parts) {
      const domain = parts && isSpecial(parts) ? domainToUnicode(part(parts, 'hostname')) : '';
      const isBroken = RIGHT_TO_LEFT.test(domain) && /(^|\.)[^\p{L}.]|[^\p{L}\p{N}\p{M}.](\.|$)/u.test(domain);
      return isBroken ? null : parts;
    },
  },
  {
    name: 'the last number of an IPv4 address fits into the bytes that are left',
    clause: 'https://url.spec.whatwg.org/#concept-ipv4-parser, step 10',
    until: '2.7.5',
    correct([input], parts) {
      const isAddress = parts && isSpecial(parts) && /^[\d.]+$/.test(part(parts, 'hostname'));
      return isAddress && /1\.16777216|1\.2\.65536|1\.2\.3\.0x100/.test(input) ? null : parts;
    },
  },
  {
    name: 'a special URL has a host, though its digits be wide',
    clause: 'https://url.spec.whatwg.org/#host-state, step 3.5',
    until: '2.7.6',
    correct([input, base], parts) {
      const isHostless = parts && isSpecial(parts) && part(parts, 'hostname') === '';
      return isHostless && input.includes('１２７') ? parse([input.replace('１２７', '127'), base]) : parts;
    },
  },
  {
    name: 'a drive letter is a letter and a colon, and nothing more',
    clause: 'https://url.spec.whatwg.org/#normalized-windows-drive-letter',
    until: '4.0.0',
    correct([input, base], parts) {
      // Node takes it for no drive letter where there is no colon.
      const text = withoutTabsAndEnds(input);
      const masked = text.replace(/(?<=[/\\][a-z]):(?=[^/\\?#])/gi, ';');
      if (!parts || part(parts, 'protocol') !== 'file:' || masked === text) return parts;
      return mapPathname(parse([masked, base]), path => path.replace(/(?<=\/[a-z]);(?=[^/])/gi, ':'));
    },
  },
  {
    name: 'dot segments are resolved wherever they are',
    clause: 'https://url.spec.whatwg.org/#path-state, step 1',
    until: '3.2.3',
    correct: (pair, parts) => mapPathname(parts, path => (path.startsWith('/') ? resolveDots(path) : path)),
  },
  {
    name: 'a path that ends in a dot segment ends in a slash',
    clause: 'https://url.spec.whatwg.org/#path-state, step 1.2.2',
    until: '3.2.6',
    correct([input], parts) {
      const written = withoutTabsAndEnds(input).split(/[?#]/)[0];
      const isDotted = DOT_SEGMENT.test(written.slice(written.lastIndexOf('/') + 1));
      return mapPathname(parts, path => (path === '' && isDotted ? '/' : path));
    },
  },
  {
    name: 'a circumflex in a path is encoded',
    clause: 'https://url.spec.whatwg.org/#path-percent-encode-set',
    until: '3.2.6',
    correct: (pair, parts) =>
      mapPathname(parts, path => (path.startsWith('/') ? path.replaceAll('^', '%5E') : path)),
  },
  {
    name: 'an opaque path does not end in a space',
    clause: 'https://url.spec.whatwg.org/#cannot-be-a-base-url-path-state, step 3',
    until: '3.2.2',
    correct: (pair, parts) =>
      mapPathname(parts, path => (path.startsWith('/') ? path : path.replace(/ $/, '%20'))),
  },
];

function compareVersions(one, other) {
  const [a, b] = [one, other].map(version => version.split('.').map(Number));
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Those that this Node's parser is too old for. */
export function differencesOf(version) {
  return KNOWN_DIFFERENCES.filter(difference => compareVersions(version, difference.until) < 0);
}
