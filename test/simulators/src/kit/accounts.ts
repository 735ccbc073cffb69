/** The accounts of one simulator by name. */
export interface Accounts<Account extends { readonly name: string }> {
  add(account: Account): void;
  find(name: string): Account | undefined;
  /** @throws when there is none. */
  get(name: string): Account;
  list(): readonly Account[];
}

export function createAccounts<Account extends { readonly name: string }>(): Accounts<Account> {
  const byName = new Map<string, Account>();
  return {
    add(account) {
      if (byName.has(account.name)) throw new Error(`account ${account.name} exists already`);
      byName.set(account.name, account);
    },
    find: (name) => byName.get(name),
    get(name) {
      const account = byName.get(name);
      if (!account) throw new Error(`there is no account ${name}`);
      return account;
    },
    list: () => [...byName.values()],
  };
}
