import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Variables by which node-gyp finds the headers of this Node beside its program, as in `scripts/setup.sh`; none where they are
 * not there. Without them it downloads the headers, which needs a network, or takes `nodedir` of the user's npmrc.
 */
export function nodeHeaders(): NodeJS.ProcessEnv {
  const prefix = join(dirname(realpathSync(process.execPath)), "..");
  const header = join(prefix, "include/node/node_version.h");
  const version = new RegExp(`NODE_MODULE_VERSION ${process.versions.modules}$`, "m");
  if (!existsSync(header) || !version.test(readFileSync(header, "utf8"))) return {};
  // npm 11 hands over only the first; the node-gyp of npm 10 reads only the second.
  return { npm_package_config_node_gyp_nodedir: prefix, npm_config_nodedir: prefix };
}
