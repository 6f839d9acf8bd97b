/**
 * The directions in which this project's folders may import each other, and that nothing goes in circles.
 * CONTRIBUTING.md has the table; test/house/imports.test.ts shows that each rule bites.
 */

const production = ['protocol', 'core', 'infra', 'server', 'workers', 'client-sdk'];
const folders = [...production, 'dev', 'demo', 'test', 'bench'];

/** What each folder may import besides itself. `test`, `bench` and `dev` come under rules of their own. */
const allowed = {
  protocol: [],
  core: ['protocol'],
  infra: ['core', 'protocol'],
  server: ['core', 'infra', 'protocol'],
  workers: ['core', 'infra', 'protocol'],
  'client-sdk': ['protocol'],
  demo: ['client-sdk', 'server', 'infra', 'protocol', 'core', 'dev'],
};

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

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...directions,
    {
      name: 'dev-not-test-or-bench',
      comment: 'What brings up services knows nothing of the tests that use it.',
      severity: 'error',
      from: { path: inside(['dev']) },
      to: { path: inside(['test', 'bench']) },
    },
    {
      name: 'no-circles',
      comment: 'A circle has no order in which it can be read.',
      severity: 'error',
      from: {},
      to: { circular: true },
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
      comment: 'The SDK runs in browsers.',
      severity: 'error',
      from: { path: '^client-sdk/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'client-sdk-only-socket-io-client',
      comment: 'What the SDK needs, every page that uses it has to load.',
      severity: 'error',
      from: { path: '^client-sdk/src/' },
      to: { dependencyTypes: packageTypes, pathNot: packages(['socket\\.io-client']) },
    },
    {
      name: 'client-sdk-not-its-server',
      comment: 'What is for backends needs Node, and holds secrets.',
      severity: 'error',
      from: { path: '^client-sdk/src/' },
      to: { path: '^client-sdk/server/' },
    },
    {
      name: 'client-sdk-server-only-jose',
      comment: 'A backend brings its own Express; of the rest of the SDK it needs the errors.',
      severity: 'error',
      from: { path: '^client-sdk/server/' },
      to: { dependencyTypes: packageTypes, pathNot: packages(['jose']) },
    },
    {
      name: 'client-sdk-server-only-errors',
      comment: 'The connection, the feed and their state are for pages.',
      severity: 'error',
      from: { path: '^client-sdk/server/' },
      to: { path: '^client-sdk/src/', pathNot: '^client-sdk/src/error\\.ts$' },
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
      from: { path: inside(['protocol', 'core', 'infra', 'server', 'workers']) },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(client-sdk|demo|demo/page)/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
