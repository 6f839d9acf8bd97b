import { describe, expect, it } from 'vitest';
import { isVoiceOf, joinVoices, type Voice } from '../../../client-sdk/ui/voices.ts';

describe('of those that show one hub', () => {
  const hub = {};
  const voice = (shown: boolean): Voice => {
    const region = { checkVisibility: () => shown };
    return () => region;
  };

  it('the first one speaks, and when it leaves the next one', () => {
    const [first, second] = [voice(true), voice(true)];
    const leave = joinVoices(hub, first);
    const leaveToo = joinVoices(hub, second);
    expect([first, second].map((each) => isVoiceOf(hub, each))).toEqual([true, false]);
    leave();
    expect([first, second].map((each) => isVoiceOf(hub, each))).toEqual([false, true]);
    leaveToo();
    expect(isVoiceOf(hub, second)).toBe(false);
  });

  it('one that is not shown, or has no region yet, leaves it to the next one', () => {
    const all = [voice(false), () => null, voice(true), voice(true)];
    const leaves = all.map((each) => joinVoices(hub, each));
    expect(all.map((each) => isVoiceOf(hub, each))).toEqual([false, false, true, false]);
    for (const leave of leaves) leave();
  });

  it('one whose browser cannot tell whether it is shown is taken for shown', () => {
    const all: Voice[] = [() => ({}), voice(true)];
    const leaves = all.map((each) => joinVoices(hub, each));
    expect(all.map((each) => isVoiceOf(hub, each))).toEqual([true, false]);
    for (const leave of leaves) leave();
  });

  it('those of another hub are none', () => {
    const other = {};
    const [here, there] = [voice(true), voice(true)];
    const leaves = [joinVoices(hub, here), joinVoices(other, there)];
    expect([isVoiceOf(hub, here), isVoiceOf(other, there), isVoiceOf(hub, there)]).toEqual([
      true,
      true,
      false,
    ]);
    for (const leave of leaves) leave();
  });
});
