import type { Call } from '@waterbus/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { DRAWING_TOPIC, type DrawingMessage, MOST_NUMBERS, readDrawing } from './drawing-messages.js';
import { type Drawing, drawn, EMPTY, faded, messagesOf } from './strokes.js';

export interface DrawingTools {
  drawing: Drawing;
  /** Whether this user may draw here. */
  mayDraw: boolean;
  /** Adds points to the stroke of this number: x and y in turn. */
  draw: (stroke: number, points: readonly number[]) => void;
  clear: () => void;
  /** As the presenter. */
  allow: (allowed: boolean) => void;
}

/** The drawing on the screen that the participant `screen` shares; it is gone with the screen. */
export function useDrawing(call: Call, screen: string): DrawingTools {
  const [drawing, setDrawing] = useState(EMPTY);
  const self = call.local.id;
  const unsent = useRef<{ stroke: number; points: number[] }[]>([]);
  const take = useCallback((message: DrawingMessage, by: string) => {
    setDrawing((before) => drawn(before, message, by, performance.now()));
  }, []);
  const send = useCallback(
    (message: DrawingMessage, to?: string[]) => {
      // A lost message is a gap in a line that fades in seconds.
      const payload = JSON.stringify(message);
      call.sendData({ topic: DRAWING_TOPIC, payload, ...(to && { to }) }).catch(() => {});
    },
    [call],
  );
  useNewcomers({ call, screen, drawing, send });
  useEffect(
    () =>
      call.on('data', ({ topic, payload, participantId }) => {
        const message = topic === DRAWING_TOPIC ? readDrawing(payload) : undefined;
        if (message?.screen === screen) take(message, participantId);
      }),
    [call, screen, take],
  );
  const { allowed, strokes } = drawing;
  const isEmpty = strokes.length === 0;
  useEffect(() => {
    if (isEmpty) return;
    const timer = setInterval(() => {
      const present = new Set([call.local.id, ...call.participants.map(({ id }) => id)]);
      setDrawing((before) => faded(before, performance.now(), present));
    }, FADE_INTERVAL);
    return () => clearInterval(timer);
  }, [call, isEmpty]);
  useEffect(() => {
    const timer = setInterval(() => {
      for (const { stroke, points } of unsent.current.splice(0)) {
        for (let start = 0; start < points.length; start += MOST_NUMBERS) {
          send({ type: 'points', screen, stroke, points: points.slice(start, start + MOST_NUMBERS) });
        }
      }
    }, SEND_INTERVAL);
    return () => clearInterval(timer);
  }, [screen, send]);
  return {
    drawing,
    mayDraw: call.grants.sendData !== false && (allowed || screen === self),
    draw: (stroke, points) => {
      take({ type: 'points', screen, stroke, points }, self);
      const last = unsent.current.at(-1);
      if (last?.stroke === stroke) last.points.push(...points);
      else unsent.current.push({ stroke, points: [...points] });
    },
    clear: () => {
      take({ type: 'clear', screen }, self);
      send({ type: 'clear', screen });
    },
    allow: (wanted) => {
      take({ type: 'allowed', screen, allowed: wanted }, self);
      send({ type: 'allowed', screen, allowed: wanted });
    },
  };
}

/**
 * A newcomer requests what was drawn before, once it listens; the presenter replies to all newcomers
 * of a moment together. Presenters with an older page do not reply.
 */
function useNewcomers(props: {
  call: Call;
  screen: string;
  drawing: Drawing;
  send: (message: DrawingMessage, to?: string[]) => void;
}): void {
  const { call, screen, drawing, send } = props;
  const isPresenter = screen === call.local.id;
  const latest = useRef(drawing);
  latest.current = drawing;
  useEffect(() => {
    if (!isPresenter) return send({ type: 'request', screen }, [screen]);
    const waiting = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reply = () => {
      timer = undefined;
      const newcomers = [...waiting].slice(0, MOST_NEWCOMERS);
      waiting.clear();
      for (const message of messagesOf(latest.current, screen)) send(message, newcomers);
    };
    const end = call.on('data', ({ topic, payload, participantId }) => {
      const message = topic === DRAWING_TOPIC ? readDrawing(payload) : undefined;
      if (message?.type !== 'request' || message.screen !== screen) return;
      waiting.add(participantId);
      timer ??= setTimeout(reply, REPLY_AFTER);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [call, isPresenter, screen, send]);
}

/** Milliseconds: eight messages a second, of the 25 that the servers take. */
const SEND_INTERVAL = 125;
const FADE_INTERVAL = 1_000;
/** Milliseconds: a drawing lives for seconds, and twelve messages need half a second of the limit. */
const REPLY_AFTER = 500;
/** Receivers of one message, at most as many as the servers take. */
const MOST_NEWCOMERS = 100;
