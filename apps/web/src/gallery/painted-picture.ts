/** A video track with a painted head and shoulders, in another colour for every number. */
export function paintedPicture(width: number, height: number, number: number): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const paint = canvas.getContext('2d')!;
  const hue = (number * 67) % 360;
  paint.fillStyle = `hsl(${hue} 30% 62%)`;
  paint.fillRect(0, 0, width, height);
  paint.fillStyle = `hsl(${(hue + 150) % 360} 35% 35%)`;
  paint.beginPath();
  paint.ellipse(width / 2, height * 1.05, height * 0.42, height * 0.42, 0, 0, 2 * Math.PI);
  paint.fill();
  paint.fillStyle = `hsl(28 45% ${45 + (number % 4) * 10}%)`;
  paint.beginPath();
  paint.ellipse(width / 2, height * 0.42, height * 0.17, height * 0.22, 0, 0, 2 * Math.PI);
  paint.fill();
  return canvas.captureStream().getVideoTracks()[0]!;
}
