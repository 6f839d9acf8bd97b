/** Names that most applications need, so that all write them alike. Any other name is as good. */
export const eventNames = {
  UserCreated: 'UserCreated',
  UserInviteEmailSent: 'UserInviteEmailSent',
  UserEmailVerified: 'UserEmailVerified',
  UserPasswordChanged: 'UserPasswordChanged',
  UserEmailSent: 'UserEmailSent',
  UserConsented: 'UserConsented',
  UserActivated: 'UserActivated',
  UserWithdrawn: 'UserWithdrawn',
  UserReset: 'UserReset',
  UserLoggedIn: 'UserLoggedIn',
  UserLoggedOut: 'UserLoggedOut',
  PageViewed: 'PageViewed',
  PageError: 'PageError',
  Redirected: 'Redirected',
} as const;

export type EventName = keyof typeof eventNames;

/** Any name; editors offer the preset ones. */
export type AnyEventName = EventName | (string & Record<never, never>);
