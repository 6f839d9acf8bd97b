const preset = [
  'UserCreated',
  'UserInviteEmailSent',
  'UserEmailVerified',
  'UserPasswordChanged',
  'UserEmailSent',
  'UserConsented',
  'UserActivated',
  'UserWithdrawn',
  'UserReset',
  'UserLoggedIn',
  'UserLoggedOut',
  'PageViewed',
  'PageError',
  'Redirected',
] as const;

/** Names that most applications need, so that all write them alike. Any other name is as good. */
export const eventNames = Object.fromEntries(preset.map((name) => [name, name])) as {
  readonly [Name in (typeof preset)[number]]: Name;
};

export type EventName = keyof typeof eventNames;

/** Any name; editors offer the preset ones. */
export type AnyEventName = EventName | (string & Record<never, never>);
