/**
 * Sends a body with progress, which `fetch` does not report. Rejects with a `TypeError` when the
 * server is unreachable, and with the reason of an aborted `signal`.
 */
export function sendBytes(
  url: URL,
  options: {
    method: string;
    headers: Record<string, string>;
    body: Blob;
    signal: AbortSignal;
    /** Bytes that left, of all. */
    onProgress: (sent: number, all: number) => void;
  },
): Promise<Response> {
  const { method, headers, body, signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded, body.size);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(new TypeError('the upload failed'));
    request.onabort = () => reject(signal.reason);
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => request.abort(), { once: true });
    if (!signal.aborted) request.send(body);
  });
}
