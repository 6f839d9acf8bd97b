/**
 * The directions in which this project's folders may import each other, and that nothing goes in circles.
 * CONTRIBUTING.md has the table; test/house/imports.test.ts shows that each rule bites.
 */

const production = ['protocol', 'core', 'config', 'infra', 'server', 'workers', 'client-sdk'];
const folders = [...production, 'dev', 'demo', 'examples', 'test', 'bench', 'chaos'];

/**
 * What each folder may import besides itself. `test`, `bench`, `dev` and `examples` come under rules of their own.
 */
const allowed = {
  protocol: [],
  core: ['protocol'],
  config: ['core', 'protocol'],
  infra: ['core', 'config', 'protocol'],
  server: ['core', 'infra', 'config', 'protocol'],
  workers: ['core', 'infra', 'config', 'protocol'],
  'client-sdk': ['protocol'],
  demo: ['client-sdk', 'server', 'infra', 'config', 'protocol', 'core', 'dev'],
  chaos: ['client-sdk', 'infra', 'config', 'protocol', 'core', 'dev'],
};

/** The same for the folders of the SDK. A package uses another one as its users do: by name. */
const layers = {
  common: [],
  'client/src': ['common'],
  'inbox/engine': ['client/src'],
  'inbox/element': ['inbox/engine', 'client/src'],
  'inbox/browser': ['inbox/element', 'client/src'],
  'react/src': ['inbox/engine', 'client/src'],
  'node/src': ['common'],
  build: [],
};

/** The npm packages of each folder: every page that uses it has to load them. */
const layerPackages = {
  common: [],
  'client/src': ['socket\\.io-client'],
  'inbox/engine': [],
  'inbox/element': ['lit'],
  'inbox/browser': [],
  'react/src': ['react', '@types/react'],
  'node/src': ['jose'],
};

const layerName = (layer) => `client-sdk-${layer.replace('/', '-')}`;
const inside = (names) => `^(${names.join('|')})/`;
const packageTypes = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];
const packages = (names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

/** One rule per folder and forbidden folder, so that a failure names both: `core-not-infra`. */
const directions = Object.entries(allowed).flatMap(([from, may]) =>
  folders
    .filter((to) => to !== from && !may.includes(to))
    .map((to) => ({
      name: `${from}-not-${to}`,
      comment: `${from} may import ${may.length === 0 ? 'nothing of ours' : `only ${may.join(', ')}`}.`,
      severity: 'error',
      from: { path: inside([from]) },
      to: { path: inside([to]) },
    })),
);

/** As above: `client-sdk-inbox-element-not-react-src`. */
const layerDirections = Object.entries(layers).flatMap(([from, may]) =>
  Object.keys(layers)
    .filter((to) => to !== from && !may.includes(to))
    .map((to) => ({
      name: `${layerName(from)}-not-${to.replace('/', '-')}`,
      comment: `In the SDK ${from} may import ${may.length === 0 ? 'no other layer' : `only ${may.join(', ')}`}.`,
      severity: 'error',
      from: { path: `^client-sdk/${from}/` },
      to: { path: `^client-sdk/${to}/` },
    })),
);

const onlyTheirPackages = Object.entries(layerPackages).map(([layer, names]) => ({
  name: `${layerName(layer)}-packages`,
  comment: `In the SDK ${layer} may use ${names.length === 0 ? 'no packages' : `only ${names.join(', ')}`}.`,
  severity: 'error',
  from: { path: `^client-sdk/${layer}/` },
  to: { dependencyTypes: packageTypes, ...(names.length > 0 && { pathNot: packages(names) }) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...directions,
    ...layerDirections,
    ...onlyTheirPackages,
    {
      name: 'dev-not-test-or-bench',
      comment: 'What brings up services knows nothing of the tests that use it.',
      severity: 'error',
      from: { path: inside(['dev']) },
      to: { path: inside(['test', 'bench']) },
    },
    {
      name: 'nobody-imports-chaos',
      comment:
        'The fault harness is a program of its own, beside what it harms; only its own tests import it.',
      severity: 'error',
      from: { path: inside(['dev', 'test', 'bench']), pathNot: inside(['test/unit/chaos']) },
      to: { path: inside(['chaos']) },
    },
    {
      name: 'no-circles',
      comment: 'A circle has no order in which it can be read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-folders-no-circles',
      comment: 'Subjects of the domain build on each other in one direction.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^core/[^/]+$' },
      to: { circular: true, path: '^core/[^/]+$' },
    },
    {
      name: 'protocol-only-zod',
      comment: 'The wire shapes run in browsers too: zod is all they may use.',
      severity: 'error',
      from: { path: inside(['protocol']) },
      to: {
        dependencyTypes: ['core', ...packageTypes],
        pathNot: packages(['zod']),
      },
    },
    {
      name: 'core-no-transports',
      comment: 'The domain reaches storage, queue and bus through its ports.',
      severity: 'error',
      from: { path: inside(['core']) },
      to: {
        path: packages([
          'express',
          'cors',
          'helmet',
          'socket\\.io[^/]*',
          '@socket\\.io',
          'ioredis',
          'redis',
          'bullmq',
          'mongoose',
          'mongodb',
          'bson',
          'pino[^/]*',
          'jose',
        ]),
      },
    },
    {
      name: 'core-no-network',
      comment: 'The domain opens no sockets and no files.',
      severity: 'error',
      from: { path: inside(['core']) },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(http|https|http2|net|tls|dgram|dns|fs|child_process|cluster)(/|$)',
      },
    },
    {
      name: 'client-sdk-no-node',
      comment: 'All of the SDK but the package for backends runs in browsers.',
      severity: 'error',
      from: { path: '^client-sdk/(common|client|inbox|react)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'client-sdk-by-name',
      comment: 'A relative import would copy a module of one package into another.',
      severity: 'error',
      from: { path: '^client-sdk/(client|inbox|react|node)/' },
      to: {
        path: '^client-sdk/(client|inbox|react|node)/',
        pathNot: '^client-sdk/$1/',
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'client-sdk-shapes-of-client',
      comment: 'An inbox takes the wire shapes from `@hubbub/client`, so that a page has one type of each.',
      severity: 'error',
      from: { path: '^client-sdk/(inbox|react)/' },
      to: { path: inside(['protocol']) },
    },
    {
      name: 'client-sdk-no-schemas',
      comment: 'Schemas bring zod, which is larger than the whole SDK.',
      severity: 'error',
      from: { path: '^client-sdk/' },
      to: { path: '^protocol/schemas/' },
    },
    {
      name: 'examples-only-packages',
      comment: 'An example is a program of its own: of ours it has the published packages and nothing else.',
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: inside(folders.filter((folder) => folder !== 'examples')),
        pathNot: '^client-sdk/([a-z]+/(src|element|engine)/index\\.ts|.*\\.css)$',
      },
    },
    {
      name: 'examples-by-name',
      comment: 'An example is installed elsewhere, where there is no `client-sdk` beside it.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^client-sdk/', dependencyTypesNot: ['aliased-workspace'] },
    },
    {
      name: 'examples-not-each-other',
      comment: 'Each example is a program of its own.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/' },
      to: { path: '^examples/', pathNot: '^examples/$1/' },
    },
    {
      name: 'demo-page-in-the-browser',
      comment: 'The page is bundled for browsers: of ours it uses the SDK and the wire shapes.',
      severity: 'error',
      from: { path: '^demo/page/' },
      to: { pathNot: ['^(demo/page|client-sdk|protocol)/'] },
    },
    {
      name: 'production-no-dev-packages',
      comment: 'The image is installed without development packages.',
      severity: 'error',
      from: { path: inside(['protocol', 'core', 'config', 'infra', 'server', 'workers']) },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(client-sdk|demo|demo/page|examples/[^/]+)/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
