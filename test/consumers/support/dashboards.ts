import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../../support/paths.ts";

const FOLDER = join(repositoryRoot, "collector-config/grafana");

export interface DataSourceReference {
  readonly type: string;
  readonly uid: string;
}

export interface Target {
  readonly refId: string;
  readonly datasource: DataSourceReference;
  /** PromQL; absent for Tempo's own queries. */
  readonly expr?: string;
  readonly queryType?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: DataSourceReference;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly datasource: DataSourceReference;
      readonly definition: string;
    }[];
  };
}

export interface DataSource extends DataSourceReference {
  readonly name: string;
  readonly url: string;
  readonly jsonData: {
    readonly timeInterval?: string;
    readonly serviceMap?: { readonly datasourceUid: string };
  };
}

export function readDataSources(): DataSource[] {
  return parse(readFileSync(join(FOLDER, "provisioning/datasources/wirespan.yaml"), "utf8")).datasources;
}

export interface DashboardProvider {
  readonly type: string;
  readonly options: { readonly path: string };
}

export function readProviders(): DashboardProvider[] {
  return parse(readFileSync(join(FOLDER, "provisioning/dashboards/wirespan.yaml"), "utf8")).providers;
}

export function readDashboards(): Dashboard[] {
  const files = readdirSync(join(FOLDER, "dashboards")).sort();
  return files.map((name) => JSON.parse(readFileSync(join(FOLDER, "dashboards", name), "utf8")));
}

/** A panel's expression as Grafana would send it with every variable at "All". */
export function interpolated(expression: string): string {
  return expression
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__range", "5m")
    .replaceAll(/\$(namespace|instance)\b/g, ".*");
}
