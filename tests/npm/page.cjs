// Pages through lists with WooCommerce's npm client. argv: a JSON object {url, key, secret, lists: [[path, params], …]};
// prints one JSON line: for each list the ids in the order met, the totals of every page, and how many pages there were.
const { default: WooCommerce } = require("@woocommerce/woocommerce-rest-api");

async function main({ url, key, secret, lists }) {
  const api = new WooCommerce({ url, consumerKey: key, consumerSecret: secret, version: "wc/v3" });
  const found = [];
  for (const [path, params] of lists) {
    const ids = [];
    const totals = new Set();
    let page = 0;
    let pages = 1;
    while (page < pages) {
      page += 1;
      const answer = await api.get(path, { ...params, page });
      ids.push(...answer.data.map((document) => document.id));
      totals.add(answer.headers["x-wp-total"]);
      pages = Number(answer.headers["x-wp-totalpages"]);
    }
    found.push({ ids, totals: [...totals], pages });
  }
  console.log(JSON.stringify(found));
}

main(JSON.parse(process.argv[2])).catch((error) => {
  console.error(error.response ? `${error.response.status} ${JSON.stringify(error.response.data)}` : error);
  process.exit(1);
});
