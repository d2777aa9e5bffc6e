export declare function ledgerPage(): Promise<string>;
