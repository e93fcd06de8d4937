// Where the package urlpattern-polyfill 10.1.0 and today's URL Pattern standard differ: the clause that decides,
// a triple that shows it, and what tells others of the kind. The module's answer is the standard's then, but for
// the last one. `compiled` is the polyfill's pattern, where it has one, and `url` the topic's URL.

const HUB = 'https://hub.example/.well-known/mercure';
const SPECIAL = ['ftp:', 'file:', 'http:', 'https:', 'ws:', 'wss:'];

function hostnameOfHttps(hostname) {
  try {
    return new URL(`https://${hostname}/`).hostname;
  } catch {
    return undefined;
  }
}

const isRefusedByModule = ({module, polyfill}) => module === 'refused' && polyfill !== 'refused';
const isRefusedByPolyfill = ({module, polyfill}) => module !== 'refused' && polyfill === 'refused';
const areBothJudged = ({module, polyfill, url}) => url && module !== 'refused' && polyfill !== 'refused';

export const KNOWN_DIFFERENCES = [
  {
    clause: 'match: the pathname is the URL\'s own; the polyfill reads it again, as a URL that begins with a host',
    example: ['https://example.com//a', HUB, 'https://example.com//a'],
    explains: difference => areBothJudged(difference) && difference.url.pathname.startsWith('//'),
  },
  {
    clause: 'match: the hostname is the URL\'s own; the polyfill reads it again, as that of a special URL',
    example: ['foo://a/', HUB, 'foo://A/'],
    explains: difference => areBothJudged(difference) && !SPECIAL.includes(difference.url.protocol) &&
      hostnameOfHttps(difference.url.hostname) !== difference.url.hostname,
  },
  {
    clause: 'match: a query or fragment is the URL\'s own; the polyfill takes one mark more off it',
    example: ['https://example.com/?a', HUB, 'https://example.com/??a'],
    explains: difference => areBothJudged(difference) &&
      (difference.url.search.startsWith('??') || difference.url.hash.startsWith('##')),
  },
  {
    clause: 'canonicalize a search: a piece keeps its question mark, and a piece of a hash its number sign',
    example: ['https://example.com/\\?*\\?a', HUB, 'https://example.com/?ba'],
    explains: difference => areBothJudged(difference) && /\?.*\\?\?|#.*#/.test(difference.pattern),
  },
  {
    clause: 'canonicalize an opaque pathname: nothing of it is resolved, and a space stays',
    example: ['foo://a/b c', HUB, 'foo://a/b c'],
    explains: difference => areBothJudged(difference) && !SPECIAL.includes(difference.compiled.protocol + ':') &&
      /\/\/| |\.\//.test(difference.pattern.replace('://', '')),
  },
  {
    clause: 'canonicalize a protocol: fails where no URL has it, as one that begins with no letter',
    example: ['-a://b/', HUB, '-a://b/'],
    explains: difference => isRefusedByModule(difference) &&
      /^[-+.\d]|[})?*][-+.\d]|:[$\w]+[-+.]/.test(difference.compiled.protocol),
  },
  {
    clause: 'canonicalize a hostname: fails where no URL has it; the polyfill puts "example.com" for it',
    example: ['https://a.42/', HUB, 'https://example.com/'],
    explains: difference => isRefusedByModule(difference) && difference.compiled.hostname.includes('example.com'),
  },
  {
    clause: 'canonicalize a hostname: percent-encoded bytes are decoded, and it ends before a slash of either kind',
    example: ['https://%61/', HUB, 'https://a/'],
    explains: difference => isRefusedByPolyfill(difference) &&
      /^[^/]*:\/\/[^/?#]*(%|\\[\\/]|\{[^}]*[/?#])/.test(difference.pattern),
  },
  {
    clause: 'canonicalize a port: ends before what is no digit',
    example: ['https://a:81-/', HUB, 'https://a:81/'],
    explains: difference => isRefusedByPolyfill(difference) && /:[^/#]*\d\}?[^\d/?#*{}()+]/.test(difference.pattern),
  },
  {
    clause: 'tokenize: a backslash at the end is an error',
    example: ['/a\\', HUB, '/a'],
    explains: difference => isRefusedByModule(difference) && /(^|[^\\])(\\\\)*\\$/.test(difference.pattern),
  },
  {
    clause: 'add a part: the regular expression "*" is no wildcard, and not valid',
    example: ['/(*)', HUB, '/a'],
    explains: difference => isRefusedByModule(difference) && difference.pattern.includes('(*)'),
  },
  {
    clause: 'compile a component: under the flag v a class may have all punctuation escaped',
    example: ['/([\\&])', HUB, '/&'],
    explains: difference => isRefusedByPolyfill(difference) &&
      /\[([^\]\\]|\\.)*\\[&!#%,:;<=>@`~]/.test(difference.pattern),
  },
  {
    clause: 'compile a component: under the flag v a class has its syntax characters escaped, and none doubled',
    example: ['/([^/]+)', HUB, '/a'],
    explains: difference => isRefusedByModule(difference) &&
      /\(.*\[(\^?-|([^\]\\]|\\.)*([()[{}/|]|-\]|([-!#$%&*+,.:;<=>?@^`~])\4))/.test(difference.pattern),
  },
  {
    clause: 'none: what takes more than linear time is not supported',
    example: ['/(a\\1)', HUB, '/a'],
    explains: difference => isRefusedByModule(difference) && /\(.*(\\\d|\(\?<?[=!])/.test(difference.pattern),
  },
];
