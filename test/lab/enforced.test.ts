// P3, G4: the policies that wirespan writes, and random ones, enforced by kube-router on the packets of the laboratory.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seedOf } from "../engines/support/random-policies.ts";
import { type NetworkKind, type OverlayKind, workloadKey } from "./cluster/cluster-plan.ts";
import { checkedVerdicts, isMixed, labPolicies } from "./support/checked-verdicts.ts";
import {
  type Neighbor,
  neighbors,
  openPorts,
  PolicedLab,
  type Repeated,
  repeated,
  seenConnections,
} from "./support/policed-lab.ts";

const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 31);
const SECONDS = Number(process.env.WIRESPAN_LAB_SECONDS ?? 12);
const BOUND = { timeout: 400_000 };
/** Sets of random policies; each takes some seconds. */
const SAMPLES = 4;
const POLICIES_IN_SAMPLE = 8;

const NETWORKS: readonly (readonly [NetworkKind, OverlayKind])[] = [
  ["bridge", "host-gw"],
  ["ptp", "vxlan"],
];

for (const [i, [network, overlay]] of NETWORKS.entries()) {
  const seed = SEED + i;
  test(`P3, G4: with kube-router, ${network} network over ${overlay} (seed ${seed})`, BOUND, async (t) => {
    const policed = await PolicedLab.start(t, { network, overlay, seed, seconds: SECONDS });
    const truth = await policed.observe();
    const policies = await policed.writtenPolicies();
    const again = repeated(policed, truth);
    assert.ok(again.length > 100, `only ${again.length} attempts`);
    const all = neighbors(policed);

    await t.test("without policies everything passes", async () => {
      assert.deepEqual(titles(await policed.refused([...again, ...all])), []);
      const rounds = await policed.keepNeighbors();
      t.diagnostic(`neighbors: ${rounds}`);
      assert.equal(rounds.at(-1), 0);
    });

    await t.test("observed traffic, repeated, passes, and no other", async () => {
      await policed.enforce(policies);
      assert.deepEqual(titles(await policed.refusedByRules(again, () => false)), []);
      const [seen, open] = [seenConnections(truth), openPorts(policed.lab, truth)];
      const isExpected = ({ from, to, port, seen: connection }: Neighbor): boolean =>
        seen.has(connection) || (from === null && to !== null && open.has(`${workloadKey(to.workload)} ${port}`));
      const refused = await policed.refusedByRules(all, (attempt) => !isExpected(attempt));
      const wrong = all.filter((attempt) => refused.has(attempt) === isExpected(attempt));
      assert.deepEqual(
        wrong.map(({ title, ...attempt }) => `${title}: ${isExpected({ title, ...attempt }) ? "refused" : "passed"}`),
        [],
      );
      for (const { workload } of policed.pods)
        assert.ok(
          [...refused.keys()].some(({ from, to }) => [from, to].some((pod) => pod?.workload === workload)),
          workload.name,
        );
      t.diagnostic(
        `${policies.length} policies, ${again.length} repeated, ${refused.size} of ${all.length} others refused`,
      );
    });

    await t.test("without the policy of one workload, exactly its traffic is refused", async () => {
      await policed.enforce(policies.filter(({ metadata }) => metadata.name !== "cart"));
      const isCart = ({ workload, namespace }: { workload?: string; namespace?: string }): boolean =>
        workload === "cart" && namespace === "shop";
      // A lookup alone goes to no server.
      const touchesCart = ({ line, address }: Repeated): boolean =>
        isCart(line.client) || (address !== undefined && line.server !== null && isCart(line.server));
      // A pod's own node is always admitted, and what is outside has no policy.
      const isFree = ({ line: { client } }: Repeated): boolean =>
        client.pod === undefined || client.hostNetwork === true;
      const isBlocked = (attempt: Repeated): boolean | undefined => {
        if (!touchesCart(attempt)) return false;
        return isFree(attempt) ? undefined : true;
      };
      const refused = await policed.refusedByRules(again, isBlocked);
      assert.ok(again.filter(isBlocked).length > 5);
      assert.deepEqual(
        again.filter((attempt) => isBlocked(attempt) === !refused.has(attempt)).map(({ title }) => title),
        [],
      );
    });

    await t.test("packets pass as `policies check` says, under random policies", async () => {
      const counts = { passed: 0, refused: 0, undecided: 0, mixed: 0 };
      for (let sample = 0; sample < SAMPLES; sample++) {
        const random = fc.sample(labPolicies(policed.lab.cluster, POLICIES_IN_SAMPLE), {
          numRuns: 1,
          seed: seedOf(seed, sample),
        })[0];
        assert.ok(random);
        const verdicts = checkedVerdicts(all, random);
        await policed.enforce(random);
        const isBlocked = (attempt: Neighbor): boolean | undefined => {
          const verdict = verdicts.get(attempt);
          return verdict === "unknown" || isMixed(attempt, random) ? undefined : verdict === "blocked";
        };
        const refused = await policed.refusedByRules(all, isBlocked);
        for (const attempt of all) {
          if (isMixed(attempt, random)) counts.mixed++;
          else if (verdicts.get(attempt) === "unknown") counts.undecided++;
          else counts[refused.has(attempt) ? "refused" : "passed"]++;
        }
        const wrong = all.filter((attempt) => isBlocked(attempt) === !refused.has(attempt));
        assert.deepEqual(
          wrong.map((attempt) => {
            const { outcome = "ok", error = null } = refused.get(attempt) ?? {};
            return `${attempt.title}: ${verdicts.get(attempt) ?? "allowed"}, and ${outcome} ${error ?? ""}`;
          }),
          [],
          `seed ${seed}, sample ${sample}: ${JSON.stringify(random)}`,
        );
      }
      t.diagnostic(`random policies: ${JSON.stringify(counts)}`);
      assert.ok(counts.passed > 100 && counts.refused > 100, JSON.stringify(counts));
    });
  });
}

function titles(refused: Iterable<readonly [{ readonly title: string }, { readonly outcome: string }]>): string[] {
  return [...refused].map(([{ title }, { outcome }]) => `${outcome}: ${title}`);
}
