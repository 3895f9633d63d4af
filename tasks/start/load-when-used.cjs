const Module = require("node:module");

/**
 * Makes `import` load some packages when one of their names is first used. Loading the clients of the AWS SDK takes
 * longer than everything else that a command does before its first line, and a command that prints its usage or
 * refuses its settings needs none. For packages that only export names: the import has no other effect.
 *
 * @param {readonly RegExp[]} packages the names of these packages
 */
function loadWhenUsed(packages) {
  const load = Module._load;
  Module._load = function (name, parent, isMain) {
    if (!isOurs(parent) || !packages.some((one) => one.test(name)))
      return load.call(this, name, parent, isMain);
    return late(() => load.call(this, name, parent, false));
  };
}

/** The packages load each other at once. */
function isOurs(parent) {
  return parent?.filename?.endsWith(".ts") === true;
}

/** Returns a module whose exports are those of another, which is loaded when one is read. */
function late(load) {
  let loaded;
  const exports = () => (loaded ??= load());
  return new Proxy(
    {},
    {
      get: (_, name) => exports()[name],
      has: (_, name) => name in exports(),
      ownKeys: () => Reflect.ownKeys(exports()),
      getOwnPropertyDescriptor: (_, name) => ({
        ...Reflect.getOwnPropertyDescriptor(exports(), name),
        configurable: true,
      }),
    },
  );
}

module.exports = { loadWhenUsed };
