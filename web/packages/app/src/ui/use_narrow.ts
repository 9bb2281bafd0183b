import { useSyncExternalStore } from 'react';

// The width below which styles.css draws for phones.
const query = matchMedia('(max-width: 46rem)');

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}
