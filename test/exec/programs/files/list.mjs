// SPDX-License-Identifier: Apache-2.0

// Gets a token and a list, with Node's fetch.

const {
	OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME, OS_PROJECT_NAME, OS_PROJECT_DOMAIN_NAME,
} = process.env;

async function request(url, options) {
	const answer = await fetch(url, options);
	if (!answer.ok) {
		throw new Error(`${url}: status ${answer.status}`);
	}
	return answer;
}

const token = await request(`${OS_AUTH_URL}/auth/tokens`, {
	method: 'POST',
	headers: {'Content-Type': 'application/json'},
	body: JSON.stringify({
		auth: {
			identity: {
				methods: ['password'],
				password: {user: {name: OS_USERNAME, domain: {name: OS_USER_DOMAIN_NAME}, password: OS_PASSWORD}},
			},
			scope: {project: {name: OS_PROJECT_NAME, domain: {name: OS_PROJECT_DOMAIN_NAME}}},
		},
	}),
});
const flavors = await request('https://compute.cloud.test/v2.1/flavors?limit=1', {
	headers: {'X-Auth-Token': token.headers.get('X-Subject-Token')},
});
console.log(await flavors.text());
