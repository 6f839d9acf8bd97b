/** Runs before `npm publish` in the folder of a package, which has the source and is not what users install. */
console.error('This folder is not what is published. Run `npm run release` in the root of the repository.');
process.exit(1);
