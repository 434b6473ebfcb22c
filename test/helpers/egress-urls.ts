const PRIVATE = /private or reserved addresses; the operator can allow some in ALLOWED_PRIVATE_TARGETS/;

const PRIVATE_HOSTS = [
  // Loopback and "this network", in every spelling a URL knows.
  `127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 127.0.0.1. 0 0.0.0.0 127.255.255.254 017700000001
   0x7f.0.0.1 127.0x0.0.1 127.65535 0x7f.1 00000177.1 [::7f00:1] １２７.0.0.1 127。0。0。1 ①②⑦.0.0.1 %31%32%37.0.0.1 0x0 1 localhost LOCALHOST
   localhost. foo.localhost a.b.localhost. ｌocalhost`,
  // Private, shared, link-local (cloud metadata), reserved, multicast, broadcast.
  `10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255
   169.254.169.254 169.254.170.2 100.100.100.200 0300.0250.0.1 192.168.257 3232235521
   ①⑥⑨.②⑤④.①⑥⑨.②⑤④ 0xA9FEA9FE 2852039166 0251.0376.0251.0376 169.254.43518 168.63.129.16 192.0.0.1
   192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.175.48.1 198.18.0.1 198.19.255.255
   198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255`,
  // IPv6: loopback, unspecified, mapped, compatible, translated, 6to4, Teredo, ISATAP.
  `[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1]
   [0:0:0:0:0:ffff:c0a8:0101] [::127.0.0.1] [::a9fe:a9fe] [::ffff:0:127.0.0.1] [64:ff9b::a9fe:a9fe]
   [64:ff9b::8.8.8.8] [64:ff9b:1::1] [64:ff9b:1:7f00::1] [::ffff:169.254.169.254]
   [::fffe:7f00:1] [0:0:0:0:ffff:0:7f00:1] [2002:c0a8:101::1] [2001:0:7f00:1::] [2001:4:112::1] [2002:7f00:1::1] [2002:a9fe:a9fe::] [2001::1]
   [2001:0:4136:e378:8000:63bf:3fff:fdd2] [2606:4700::5efe:7f00:1] [2606:4700::200:5efe:10.0.0.1]
   [2606:4700:0:0:100:5efe:a00:1]`,
  // Local, multicast, documentation, benchmarking, ORCHID, AS112, unassigned, discard, SRv6.
  `[fe80::1] [febf::1] [fec0::1] [fc00::1] [fd00:ec2::254] [fdff::1] [ff02::1] [ff0e::1] [2001:db8::1]
   [3fff::1] [3fff:fff::1] [2001:2::1] [2001:10::1] [2001:20::1] [2001:1ff::1] [2620:4f:8000::1]
   [4000::1] [100::1] [100:0:0:1::1] [5f00::1] [200::1] [1fff::1] [e000::1]`,
].flatMap((hosts) => hosts.split(/\s+/));

/** URLs that are refused when they are saved, with a part of the reason. */
export const refusedUrls: Array<[url: string, reason: RegExp]> = [
  ...PRIVATE_HOSTS.map((host): [string, RegExp] => [`http://${host}/`, PRIVATE]),
  ['https://127.0.0.1:8443/', PRIVATE],
  ['http://[::1]:8088/services/collector', PRIVATE],
  ['http://localhost:3000/', PRIVATE],
  // What only looks like another host.
  ['http://127.0.0.1#@example.com/', PRIVATE],
  ['http://127.0.0.1?@example.com/', PRIVATE],
  ['http:127.0.0.1/', PRIVATE],
  ['http:///127.0.0.1/', PRIVATE],
  ['http://127.0.0.1\\@example.com/', /spaces, control characters or backslashes/],
  ['http://example.com\\@127.0.0.1/', /spaces, control characters or backslashes/],
  ['http://user:p@example.com/', /user name or password/],
  ['http://user@example.com/', /user name or password/],
  ['http://:p@example.com/', /user name or password/],
  ['http://example.com@127.0.0.1/', /user name or password/],
  ['http://exa\tmple.com/', /control characters/],
  ['http://example.com/a\r\nHost: b', /control characters/],
  ['http://example.com/a b', /spaces/],
  [' https://example.com/', /spaces/],
  ['http://example.com/\u0000', /control characters/],
  ['http://example.com/\u0085', /control characters/],
  ['http://unix:/var/run/docker.sock:/info', /must not be "unix"/],
  // Other schemes, and no URL at all.
  ...[
    'file:///etc/passwd',
    'gopher://example.com/_x',
    'unix:/var/run/docker.sock',
    'http+unix://%2Fvar%2Frun/',
    'ftp://example.com/',
    'ws://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'dict://example.com/',
    'blob:https://example.com/1',
  ].map((url): [string, RegExp] => [url, /must begin with https/]),
  ...[
    '',
    'example.com',
    '//example.com/',
    'http://',
    'http://[::1',
    'http://[fe80::1%25eth0]/',
    'http://999.1.1.1/',
    'http://example.com:99999/',
    'http://exa%20mple/',
    'http://a<b>/',
  ].map((url): [string, RegExp] => [url, /not a URL/]),
  // Ports of other services.
  ...[
    1, 7, 19, 21, 22, 23, 25, 53, 81, 110, 111, 139, 143, 389, 445, 465, 587, 631, 873, 993, 1023, 2375, 2379,
    3306, 3389, 5432, 5672, 5900, 6379, 6443, 8500, 9042, 9092, 9200, 9300, 10250, 11211, 27017, 0,
  ].map((port): [string, RegExp] => [
    `https://hooks.example.com:${port}/`,
    new RegExp(`may not use port ${port}\\.`),
  ]),
  ['https://1.1.1.1:22/', /may not use port 22/],
];

/** URLs that are admitted, with the host they are shown with. */
export const allowedUrls: Array<[url: string, host: string]> = [
  ['https://hooks.example.com/x', 'hooks.example.com'],
  ['http://hooks.example.com/x?a=b#c', 'hooks.example.com'],
  ['https://hooks.example.com:8443/x', 'hooks.example.com:8443'],
  ['https://splunk.example.com:8088/', 'splunk.example.com:8088'],
  ['https://hooks.example.com.:65535/', 'hooks.example.com.:65535'],
  ['http://example.com:443/', 'example.com:443'],
  ['https://1.1.1.1/', '1.1.1.1'],
  ['https://8.8.8.8:1024/', '8.8.8.8:1024'],
  ['https://11.0.0.1/', '11.0.0.1'],
  ['https://172.32.0.1/', '172.32.0.1'],
  ['https://100.128.0.1/', '100.128.0.1'],
  ['https://192.0.1.1/', '192.0.1.1'],
  ['https://198.20.0.1/', '198.20.0.1'],
  ['https://223.255.255.255/', '223.255.255.255'],
  ['https://168.63.129.17/', '168.63.129.17'],
  ['https://[2606:4700:4700::1111]/', '[2606:4700:4700::1111]'],
  ['https://[2001:4860:4860::8888]:8443/', '[2001:4860:4860::8888]:8443'],
  ['https://[2a00:1450:4001:81b::200e]/', '[2a00:1450:4001:81b::200e]'],
  ['https://[::ffff:8.8.8.8]/', '[::ffff:808:808]'],
  ['https://bücher.example/', 'xn--bcher-kva.example'],
  ['https://mylocalhost/', 'mylocalhost'],
  ['https://localhost.example.com/', 'localhost.example.com'],
];
