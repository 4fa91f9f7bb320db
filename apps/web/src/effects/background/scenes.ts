import type { Scene } from './background.js';

type Paint = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws one of the app's own pictures over a canvas of this size. */
export function paintScene(paint: Paint, scene: Scene, width: number, height: number): void {
  paint.save();
  paint.scale(width / WIDTH, height / HEIGHT);
  PAINTERS[scene](paint);
  paint.restore();
}

const PAINTERS: Record<Scene, (paint: Paint) => void> = { dusk, harbour, meadow, studio };

function dusk(paint: Paint): void {
  sky(paint, ['#1d2b53', '#7e4a7b', '#e58b6a', '#f7c98b']);
  disc(paint, 1130, 560, 70, '#ffe3a8');
  hills(paint, 560, 46, 310, '#4b3560');
  hills(paint, 620, 34, 210, '#332645');
}

function harbour(paint: Paint): void {
  sky(paint, ['#8fc4de', '#cfe6ee', '#f4efe2']);
  paint.fillStyle = '#3f7f9b';
  paint.fillRect(0, 430, WIDTH, HEIGHT);
  const water = paint.createLinearGradient(0, 430, 0, HEIGHT);
  water.addColorStop(0, 'rgb(255 255 255 / 35%)');
  water.addColorStop(1, 'rgb(10 50 70 / 60%)');
  paint.fillStyle = water;
  paint.fillRect(0, 430, WIDTH, HEIGHT);
  paint.fillStyle = '#7f97a0';
  for (const [x, y, width] of HOUSES) paint.fillRect(x, y, width, 430 - y);
  boat(paint, 980, 500);
}

function meadow(paint: Paint): void {
  sky(paint, ['#7fb8e6', '#cfe8f5', '#f3f7ea']);
  disc(paint, 210, 130, 56, '#fff4c2');
  hills(paint, 430, 30, 380, '#9cc08a');
  hills(paint, 500, 40, 260, '#7dab6c');
  hills(paint, 600, 24, 330, '#5f9454');
}

function studio(paint: Paint): void {
  const wall = paint.createRadialGradient(WIDTH / 2, 260, 60, WIDTH / 2, 260, 800);
  wall.addColorStop(0, '#f1ece3');
  wall.addColorStop(1, '#b7ab9a');
  paint.fillStyle = wall;
  paint.fillRect(0, 0, WIDTH, HEIGHT);
  paint.fillStyle = '#8d6f55';
  paint.fillRect(70, 300, 260, 12);
  for (const [x, height, colour] of BOOKS) {
    paint.fillStyle = colour;
    paint.fillRect(x, 300 - height, 22, height);
  }
  disc(paint, 1120, 250, 62, '#6f8f78');
  disc(paint, 1175, 190, 48, '#84a38b');
  paint.fillStyle = '#c27c5b';
  paint.fillRect(1080, 300, 100, 90);
}

function sky(paint: Paint, colours: string[]): void {
  const gradient = paint.createLinearGradient(0, 0, 0, HEIGHT);
  colours.forEach((colour, index) => {
    gradient.addColorStop(index / (colours.length - 1), colour);
  });
  paint.fillStyle = gradient;
  paint.fillRect(0, 0, WIDTH, HEIGHT);
}

function disc(paint: Paint, x: number, y: number, radius: number, colour: string): void {
  paint.fillStyle = colour;
  paint.beginPath();
  paint.arc(x, y, radius, 0, 2 * Math.PI);
  paint.fill();
}

function hills(paint: Paint, top: number, swing: number, length: number, colour: string): void {
  paint.fillStyle = colour;
  paint.beginPath();
  paint.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 8) {
    paint.lineTo(x, top + swing * Math.sin(x / length) + (swing / 2) * Math.sin((x * 2.3) / length));
  }
  paint.lineTo(WIDTH, HEIGHT);
  paint.fill();
}

function boat(paint: Paint, x: number, y: number): void {
  paint.fillStyle = '#f6c945';
  paint.beginPath();
  paint.moveTo(x - 130, y);
  paint.lineTo(x + 130, y);
  paint.lineTo(x + 96, y + 56);
  paint.lineTo(x - 100, y + 56);
  paint.fill();
  paint.fillStyle = '#ffffff';
  paint.fillRect(x - 80, y - 54, 150, 54);
  paint.fillStyle = '#33566a';
  for (const left of [-66, -22, 22]) paint.fillRect(x + left, y - 40, 30, 24);
}

/** The scenes are drawn in these coordinates. */
const WIDTH = 1280;
const HEIGHT = 720;

/** Left edge, roof and width. */
const HOUSES: [number, number, number][] = [
  [40, 330, 90],
  [130, 290, 70],
  [200, 350, 110],
  [310, 310, 60],
  [700, 340, 120],
  [820, 300, 80],
  [1160, 320, 120],
];

/** Left edge, height and colour. */
const BOOKS: [number, number, string][] = [
  [90, 90, '#3f5d73'],
  [116, 104, '#a6483f'],
  [142, 82, '#d9b45b'],
  [168, 98, '#5c7a5f'],
  [240, 76, '#6a5577'],
  [266, 94, '#3c4a57'],
];
