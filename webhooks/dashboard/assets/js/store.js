// What was fetched, and what is being fetched. Views say what they need; what they no longer need is let go.

import { Refused } from "./api.js";

// Kept is what the store knows of one query: the last value and when it is from, the last error, and when it was asked for last.
class Kept {
  value;
  from = 0;
  error;
  at = 0;
  loading = false;
  needed = true;
  abort = new AbortController();
}

export class Store {
  #kept = new Map();
  #changed;
  #expired;
  // paused: what is known is not asked for again.
  paused = false;

  constructor({ changed, expired }) {
    this.#changed = changed;
    this.#expired = expired;
  }

  // need gives what is known now, and asks the server when that is older than a number of milliseconds.
  need(name, query, fetch, maxAge) {
    const key = JSON.stringify([name, query]);
    let kept = this.#kept.get(key);
    if (!kept) this.#kept.set(key, kept = new Kept());
    kept.needed = true;
    if (this.paused && kept.at > 0) return kept;
    if (!kept.loading && Date.now() - kept.at >= (kept.pause ?? maxAge)) this.#load(kept, () => fetch(query, kept.abort.signal));
    return kept;
  }

  async #load(kept, fetch) {
    kept.loading = true;
    try {
      kept.value = await fetch();
      kept.from = Date.now();
      kept.error = kept.pause = undefined;
    } catch (error) {
      if (kept.abort.signal.aborted) return;
      if (error instanceof Refused && error.status === 401) return this.#expired();
      kept.error = error;
      // Not at once again, and not before the server says.
      kept.pause = Math.max(5, error.retryAfter ?? 0) * 1000;
    } finally {
      kept.loading = false;
      kept.at = Date.now();
    }
    this.#changed();
  }

  // begin and end enclose a drawing of the page.
  begin() {
    for (const kept of this.#kept.values()) kept.needed = false;
  }
  end() {
    for (const [key, kept] of this.#kept) {
      if (kept.needed) continue;
      kept.abort.abort();
      this.#kept.delete(key);
    }
  }

  // stale makes everything be asked for anew.
  stale() {
    for (const kept of this.#kept.values()) {
      kept.at = 0;
      kept.pause = undefined;
    }
  }

  // state says how fresh all of it is: as the oldest, also where asking again has failed.
  state() {
    const all = [...this.#kept.values()];
    const values = all.filter((kept) => kept.value !== undefined);
    return {
      loading: all.some((kept) => kept.loading),
      failing: all.find((kept) => kept.error)?.error,
      at: values.length ? Math.min(...values.map((kept) => kept.from)) : 0,
    };
  }
}
