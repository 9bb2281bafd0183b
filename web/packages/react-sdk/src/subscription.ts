// How a hook follows one of the SDK's objects: the object is the state, its events say when to look again.
import type { EventSource } from '@parley/js-sdk';
import { useEffect, useReducer, useRef } from 'react';

type Names<Events extends object> = readonly (keyof Events)[];

/** Draws the component again whenever `source` emits one of `names`. A module-level constant is best for `names`. */
export function useRedrawOn<Events extends object>(source: EventSource<Events> | undefined, names: Names<Events>): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!source) return;
    for (const name of names) source.on(name, redraw as never);
    redraw();  // what happened between drawing and now
    return () => {
      for (const name of names) source.off(name, redraw as never);
    };
  }, [source, names]);
}

type AnyHandler = (...args: never[]) => void;

/** `participant-joined` → `onParticipantJoined` */
export function handlerName(event: string): string {
  return `on${event.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

/** Calls `handlers.onXxxYyy` for each event `xxx-yyy`; the handlers may change with every drawing. */
export function useHandlers<Events extends object>(
  source: EventSource<Events> | undefined,
  names: Names<Events>,
  handlers: object,
): void {
  const latest = useRef(handlers as Record<string, AnyHandler | undefined>);
  useEffect(() => {
    latest.current = handlers as Record<string, AnyHandler | undefined>;
  });
  useEffect(() => {
    if (!source) return;
    const listeners = names.map((name) => {
      const key = handlerName(name as string);
      const listener = (...args: never[]) => latest.current[key]?.(...args);
      source.on(name, listener as never);
      return [name, listener] as const;
    });
    return () => {
      for (const [name, listener] of listeners) source.off(name, listener as never);
    };
  }, [source, names]);
}

/** The handlers of an event map: `{onParticipantJoined?: (participant) => void, …}`. */
export type HandlersOf<Events extends object> = {
  [Name in keyof Events & string as `on${PascalCase<Name>}`]?: Events[Name] extends readonly unknown[]
    ? (...args: Events[Name]) => void
    : never;
};
type PascalCase<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Capitalize<Head>}${PascalCase<Rest>}`
  : Capitalize<Name>;
