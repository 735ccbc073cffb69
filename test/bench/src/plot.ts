import { init, use } from "echarts/core";
import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import { z } from "zod";

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** What `bench hot-sku --json` prints, as far as it is drawn. */
const result = z.object({
  rows: z.array(z.object({ clients: z.number(), server: z.string(), "attempts/s": z.number(), "p99 ms": z.number() })),
});

/** Draws throughput and p99 against the number of clients, a line a server. @returns an SVG document. */
export function plotHotSku(json: string): string {
  const { rows } = result.parse(JSON.parse(json));
  const servers = [...new Set(rows.map((row) => row.server))];
  const line = (measure: "attempts/s" | "p99 ms", grid: number) => (server: string) => ({
    type: "line" as const,
    name: server,
    xAxisIndex: grid,
    yAxisIndex: grid,
    lineStyle: { width: server === "lastunit" ? 4 : 1.5 },
    data: rows.filter((row) => row.server === server).map((row) => [String(row.clients), row[measure]]),
  });
  const clients = [...new Set(rows.map((row) => String(row.clients)))];
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 900, height: 420 });
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    legend: { bottom: 0 },
    title: [
      { text: "attempts a second", left: 60, textStyle: { fontSize: 14 } },
      { text: "p99, milliseconds", left: 520, textStyle: { fontSize: 14 } },
    ],
    grid: [
      { left: 60, width: 370, top: 40, bottom: 80 },
      { left: 520, width: 350, top: 40, bottom: 80 },
    ],
    xAxis: [0, 1].map((gridIndex) => ({
      type: "category",
      gridIndex,
      data: clients,
      name: "clients",
      nameLocation: "middle",
      nameGap: 24,
    })),
    yAxis: [0, 1].map((gridIndex) => ({ type: "log", gridIndex })),
    series: [...servers.map(line("attempts/s", 0)), ...servers.map(line("p99 ms", 1))],
  });
  const svg = chart.renderToSVGString();
  // Its timer would keep the process alive.
  chart.dispose();
  return svg;
}
