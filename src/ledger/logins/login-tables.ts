export interface LoginTables {
  revoked_logins: { id: string; expires_at: string };
}
