package it.areaclienti.keycloak.staff;

import it.areaclienti.keycloak.customers.AccountState;

/** What an edit in the console asks of a customer's account, by its Enabled switch or by the attribute. */
enum AccountChange {
    NOTHING,
    BLOCK,
    UNBLOCK,
    /** Ends the online account: the state was set to what it was before the registration. */
    CANCEL,
    /** Goes back to what the account was: the edit asks for what only the customer or the agency can bring about. */
    UNDO;

    /**
     * Reads the edit.
     *
     * @param before   the state before
     * @param enabled  whether the account was enabled before
     * @param after    the state as written; the profile let it through
     * @param switched whether the account is enabled as written
     */
    static AccountChange of(AccountState before, boolean enabled, AccountState after, boolean switched) {
        if (after == AccountState.BLOCKED && before != AccountState.BLOCKED) {
            return BLOCK;
        }
        if (before == AccountState.BLOCKED) {
            if (after == AccountState.BLOCKED) {
                return switched && !enabled ? UNBLOCK : NOTHING;
            }
            // Both at once is a page that was opened before the block and does not know of it.
            return switched == enabled ? UNBLOCK : UNDO;
        }
        if (after == AccountState.PROVISIONED && before != AccountState.PROVISIONED) {
            // Switched off as well: a page that was opened before the registration and does not know of it.
            return switched == enabled ? CANCEL : UNDO;
        }
        if (switched == enabled) {
            return NOTHING;
        }
        if (switched) {
            return after.enabled() ? NOTHING : UNDO;
        }
        return BLOCK;
    }
}
