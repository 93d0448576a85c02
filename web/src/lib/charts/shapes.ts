/** Outlines of points, as SVG paths around 0, 0; all of about one area. */
import type { Shape } from './palette.svelte';

export function shapePath(shape: Shape, radius: number): string {
  const r = radius;
  const polygon = (points: [number, number][]) =>
    `M${points.map(([x, y]) => `${round(x)},${round(y)}`).join('L')}Z`;
  switch (shape) {
    case 'circle':
      return `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`;
    case 'square':
      return polygon(corners(0.88 * r, 0.88 * r));
    case 'triangle':
      return polygon(around(3, 1.25 * r, -90));
    case 'diamond':
      return polygon(around(4, 1.25 * r, -90));
    case 'star':
      return polygon(
        around(10, 1.35 * r, -90).map(([x, y], i) => (i % 2 ? [0.45 * x, 0.45 * y] : [x, y])),
      );
    case 'cross': {
      const [long, thin] = [1.1 * r, 0.38 * r];
      return polygon([
        [-thin, -long], [thin, -long], [thin, -thin], [long, -thin], [long, thin], [thin, thin],
        [thin, long], [-thin, long], [-thin, thin], [-long, thin], [-long, -thin], [-thin, -thin],
      ]); // prettier-ignore
    }
  }
}

function corners(x: number, y: number): [number, number][] {
  return [
    [-x, -y],
    [x, -y],
    [x, y],
    [-x, y],
  ];
}

function around(count: number, radius: number, from: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => {
    const angle = ((from + (360 * i) / count) * Math.PI) / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

const round = (value: number) => Math.round(value * 100) / 100;
