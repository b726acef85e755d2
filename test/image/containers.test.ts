// The image under runc with the rights that the chart gives its containers, and with some that it does not.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type NetworkNamespace, networkNamespace } from "../support/network-namespace.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";
import { builtImage, imageArchive } from "./support/built-image.ts";
import { AGENT, type Container, type Rights, SENSOR, startContainer } from "./support/container.ts";
import { unpackImage } from "./support/unpacked-image.ts";

const LAUNCHER = "/usr/local/bin/wirespan";
const PROGRAM = "/opt/wirespan/dist/bin/cli.js";
const NODE = ["/usr/local/bin/node", PROGRAM];
const TRAFFIC = fileURLToPath(new URL("../support/traffic.js", import.meta.url));
const NET_RAW = 1n << 13n;

let root = "";
let remove = (): void => {};
before(async () => {
  ({ root, remove } = unpackImage(await builtImage(), await imageArchive()));
});
after(() => remove());

interface Run {
  readonly code: number | null;
  readonly output: string;
  /** Of `doctor`: ok or failed, and why. */
  readonly capture: string;
}

/** `wirespan doctor` in a container. */
async function doctor(
  t: TestContext,
  rights: Rights,
  command: readonly string[],
  { folder = root, seconds = 1, beside = async (_network: NetworkNamespace, _container: Container) => {} } = {},
): Promise<Run> {
  const network = networkNamespace(t);
  const options = ["doctor", "--no-kubernetes", "--seconds", String(seconds)];
  const place = { root: folder, network: network.name };
  const container = startContainer(t, { ...rights, ...place, command: [...command, ...options] });
  await beside(network, container);
  const { code, stdout, stderr } = await container.ended;
  const capture = stdout.split("\n").find((line) => / capture /.test(line)) ?? `no finding: ${stdout}${stderr}`;
  return { code, output: stdout + stderr, capture: capture.replace(/ +/g, " ") };
}

/** Connections over the loopback, until the container has ended. */
async function trafficUntilEnd(network: NetworkNamespace, container: Container): Promise<void> {
  let isRunning = true;
  const end = container.ended.then(() => {
    isRunning = false;
  });
  while (isRunning)
    await Promise.race([network.output(process.execPath, TRAFFIC, "127.0.0.1", "53", "0", "3000", "20"), end]);
}

/** Never setcap on node, which would not start in the agent's container. */
const NO_RIGHT = /^failed capture .*CAP_NET_RAW is missing; add it to .*securityContext.*entry point/;
const CAPTURES = /^ok capture /;

describe("a sensor's container", () => {
  it("captures as uid 65532 with no_new_privs, a read-only root, RuntimeDefault seccomp and NET_RAW alone", async (t) => {
    const { output, capture } = await doctor(t, SENSOR, [LAUNCHER], {
      seconds: 4,
      beside: trafficUntilEnd,
    });
    assert.match(capture, CAPTURES, output);
    assert.match(output, /^ok +connections /m);
    assert.doesNotMatch(output, /Warning|file capability/);
  });

  it("captures as uid 0 too, with node alone", async (t) => {
    assert.match((await doctor(t, { ...SENSOR, uid: 0 }, NODE)).capture, CAPTURES);
    assert.match((await doctor(t, { ...SENSOR, uid: 0 }, [LAUNCHER])).capture, CAPTURES);
  });

  it("cannot capture as uid 65532 without the launcher", async (t) => {
    assert.match((await doctor(t, SENSOR, NODE)).capture, NO_RIGHT);
  });

  it("says one sentence where NET_RAW is not granted", async (t) => {
    const { code, output, capture } = await doctor(t, { ...SENSOR, capabilities: [] }, [LAUNCHER]);
    assert.equal(code, 1);
    assert.match(capture, NO_RIGHT);
    assert.equal(output.match(/NET_RAW/g)?.length, 1, output);
  });

  it("says so where the image has lost its file capability, and captures as uid 0 then", async (t) => {
    const copy = mkdtempSync(join(tmpdir(), "wirespan-copy-"));
    t.after(() => rmSync(copy, { recursive: true, force: true }));
    const folder = join(copy, "rootfs");
    cpSync(root, folder, { recursive: true, verbatimSymlinks: true });
    const { output, capture } = await doctor(t, SENSOR, [LAUNCHER], { folder });
    assert.match(
      output,
      /^wirespan: \/usr\/local\/bin\/wirespan has lost its file capability .*run the container as uid 0$/m,
    );
    assert.match(capture, NO_RIGHT);
    const asRoot = await doctor(t, { ...SENSOR, uid: 0 }, [LAUNCHER], { folder });
    assert.match(asRoot.capture, CAPTURES);
    assert.doesNotMatch(asRoot.output, /file capability/);
  });

  it("has NET_RAW and nothing else, in node and in its children, and is in secure mode nowhere", async (t) => {
    const { name } = networkNamespace(t);
    const command = [LAUNCHER, "agent", "--no-kubernetes", "--format", "jsonl"];
    const container = startContainer(t, { ...SENSOR, root, network: name, command });
    const parent = await container.pid();
    const child = await childOf(parent);
    assert.deepEqual(commandLineOf(parent).slice(1, -4), [...heapOptions(), PROGRAM]);
    for (const pid of [parent, child]) {
      const { CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs, Seccomp } = statusOf(pid);
      assert.deepEqual(
        [CapInh, CapPrm, CapEff, CapBnd, CapAmb].map((set) => BigInt(`0x${set}`)),
        new Array(5).fill(NET_RAW),
      );
      assert.deepEqual([NoNewPrivs, Seccomp], ["1", "2"]);
      assert.equal(isSecure(pid), false);
    }
    container.signal("TERM");
    assert.equal((await container.ended).code, 0);
  });
});

describe("an agent's container", () => {
  for (const [how, command] of [
    ["the entry point", [LAUNCHER]],
    ["node", NODE],
  ] as const) {
    it(`started by ${how}, cannot open a packet socket`, async (t) => {
      const { code, output, capture } = await doctor(t, AGENT, command);
      assert.equal(code, 1);
      assert.match(capture, NO_RIGHT);
      assert.equal(output.match(/NET_RAW/g)?.length, 1, output);
    });
  }

  it("has no capability, in no set", async (t) => {
    const { name } = networkNamespace(t);
    const command = ["/usr/local/bin/node", "-e", "setInterval(() => {}, 1e6)"];
    const container = startContainer(t, { ...AGENT, root, network: name, command });
    const { CapInh, CapPrm, CapEff, CapBnd, CapAmb } = statusOf(await container.pid());
    const sets = [CapInh, CapPrm, CapEff, CapBnd, CapAmb].map((set) => BigInt(`0x${set}`));
    assert.deepEqual(sets, new Array(5).fill(0n));
    container.signal("KILL");
  });
});

describe("NODE_OPTIONS", () => {
  const loaded = `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent('console.error("loaded-by-node-options")')}`;
  for (const [who, rights] of Object.entries({ sensor: SENSOR, agent: AGENT })) {
    it(`is read in the ${who}'s container`, async (t) => {
      const { name } = networkNamespace(t);
      const environment = [loaded];
      const container = startContainer(t, {
        ...rights,
        root,
        network: name,
        environment,
        command: [LAUNCHER, "--version"],
      });
      const { code, stdout, stderr } = await container.ended;
      assert.deepEqual([code, stderr], [0, "loaded-by-node-options\n"]);
      assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    });
  }
});

/** Node's options in the script that starts the program elsewhere. */
function heapOptions(): string[] {
  return readFileSync(join(repositoryRoot, "src/wirespan.sh"), "utf8").match(/(?<=^exec node .*)--\S+/gm) ?? [];
}

function commandLineOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
}

function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/:\s+/)));
}

/** AT_SECURE of the auxiliary vector, getauxval(3): node then ignores variables of its environment. */
function isSecure(pid: number): boolean {
  const AT_SECURE = 23n;
  const vector = readFileSync(`/proc/${pid}/auxv`);
  for (let at = 0; at < vector.length; at += 16)
    if (vector.readBigUInt64LE(at) === AT_SECURE) return vector.readBigUInt64LE(at + 8) !== 0n;
  throw new Error(`no AT_SECURE for ${pid}`);
}

async function childOf(parent: number): Promise<number> {
  let child = 0;
  await until(`process ${parent} has a child`, () => {
    child = Number(readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ")[0]);
    return child > 0;
  });
  return child;
}
