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
  readonly serviceMapQuery?: readonly string[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: DataSourceReference;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
  readonly fieldConfig?: {
    /** `noValue`: what is shown where there is no data. */
    readonly defaults: { readonly unit?: string; readonly noValue?: string };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { readonly renameByName?: Readonly<Record<string, string>> };
  }[];
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

/** Values of a dashboard's variables, and the selected time range; every variable is at "All" by default. */
export interface Selection {
  readonly range?: string;
  readonly namespace?: string;
  readonly target?: string;
  readonly targetNamespace?: string;
}

/** A panel's expression as Grafana would send it. */
export function interpolated(expression: string, selection: Selection = {}): string {
  const { range = "5m", namespace = ".*", target = "payments", targetNamespace = ".*" } = selection;
  return expression
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__range", range)
    .replaceAll(/\$(target_namespace\b|\{target_namespace:regex\})/g, targetNamespace)
    .replaceAll(/\$target\b/g, target)
    .replaceAll(/\$(namespace\b|\{namespace:regex\})/g, namespace)
    .replaceAll(/\$instance\b/g, ".*");
}

/** The PromQL that fills a variable, and the label with its values. */
export function variableQuery(definition: string): { readonly expression: string; readonly label: string } {
  const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
  if (selector !== undefined && label !== undefined) return { expression: `group by (${label}) (${selector})`, label };
  const [, expression, by] = /^query_result\((group by \((\w+)\) .+)\)$/.exec(definition) ?? [];
  if (expression === undefined || by === undefined) throw new Error(`unknown variable query ${definition}`);
  return { expression, label: by };
}
