export declare function recoveryPage(): Promise<string>;
