import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A panel of the dashboard, with its queries. */
export interface Panel {
  title: string;
  /** Of Grafana: `s`, `bps`, `percentunit`, … */
  unit: string;
  queries: { expression: string; legend: string }[];
}

/** The panels in their order, for all servers; rates are of `interval`, such as `1m`. */
export async function dashboardPanels(interval: string): Promise<Panel[]> {
  const { panels } = JSON.parse(await readFile(FILE, 'utf8')) as { panels: GrafanaPanel[] };
  return panels
    .filter(({ targets = [] }) => targets.length > 0)
    .map(({ title, fieldConfig, targets = [] }) => ({
      title,
      unit: fieldConfig?.defaults?.unit ?? 'short',
      queries: targets.map(({ expr, legendFormat }) => ({
        expression: expr.replaceAll('$__rate_interval', interval).replaceAll('$instance', '.*'),
        legend: legendFormat,
      })),
    }));
}

/** The legend of a series: `{{label}}` is the value of a label. */
export function legendOf(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '').trim();
}

interface GrafanaPanel {
  title: string;
  fieldConfig?: { defaults?: { unit?: string } };
  targets?: { expr: string; legendFormat: string }[];
}

const FILE = fileURLToPath(new URL('../../../../deploy/grafana/waterbus.json', import.meta.url));
