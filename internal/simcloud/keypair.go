// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"net/http"
	"slices"
)

func (n *nova) listKeypairs(w http.ResponseWriter, r *http.Request) {
	n.service.process.sql(r.Context(), "SELECT key_pairs.name, key_pairs.fingerprint FROM key_pairs WHERE key_pairs.user_id = %(user_id_1)s",
		params{"user_id_1": userID})
	list := []object{}
	n.mu.Lock()
	for _, keypair := range n.keypairs {
		list = append(list, object{"keypair": keypair})
	}
	n.mu.Unlock()
	writeJSON(w, http.StatusOK, object{"keypairs": list})
}

func (n *nova) createKeypair(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Keypair struct {
			Name      string `json:"name"`
			PublicKey string `json:"public_key"`
		} `json:"keypair"`
	}
	if !readJSON(r, &given) || given.Keypair.Name == "" || given.Keypair.PublicKey == "" {
		novaError(w, http.StatusBadRequest, "Invalid input for field/attribute keypair: a name and a public_key are needed.")
		return
	}
	n.service.process.sql(r.Context(), "INSERT INTO key_pairs (name, user_id, public_key) VALUES (%(name)s, %(user_id)s, %(public_key)s)",
		params{"name": given.Keypair.Name, "user_id": userID})
	keypair := object{
		"name":        given.Keypair.Name,
		"public_key":  given.Keypair.PublicKey,
		"fingerprint": "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
		"type":        "ssh",
		"user_id":     userID,
	}
	n.mu.Lock()
	exists := n.keypair(given.Keypair.Name) >= 0
	if !exists {
		n.keypairs = append(n.keypairs, keypair)
	}
	n.mu.Unlock()
	if exists {
		novaError(w, http.StatusConflict, "Key pair '"+given.Keypair.Name+"' already exists.")
		return
	}
	status := http.StatusOK
	if minor, _ := microversion(r); minor >= 2 {
		status = http.StatusCreated
	}
	writeJSON(w, status, object{"keypair": keypair})
}

func (n *nova) showKeypair(w http.ResponseWriter, r *http.Request) {
	var keypair object
	n.mu.Lock()
	if i := n.keypair(r.PathValue("name")); i >= 0 {
		keypair = n.keypairs[i]
	}
	n.mu.Unlock()
	if keypair == nil {
		keypairNotFound(w, r)
		return
	}
	writeJSON(w, http.StatusOK, object{"keypair": keypair})
}

func (n *nova) deleteKeypair(w http.ResponseWriter, r *http.Request) {
	n.service.process.sql(r.Context(), "DELETE FROM key_pairs WHERE key_pairs.user_id = %(user_id_1)s AND key_pairs.name = %(name_1)s",
		params{"user_id_1": userID, "name_1": r.PathValue("name")})
	n.mu.Lock()
	i := n.keypair(r.PathValue("name"))
	if i >= 0 {
		n.keypairs = slices.Delete(n.keypairs, i, i+1)
	}
	n.mu.Unlock()
	if i < 0 {
		keypairNotFound(w, r)
		return
	}
	if minor, _ := microversion(r); minor >= 2 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// keypair returns the index of the keypair with a name, or -1. The caller holds
// the lock.
func (n *nova) keypair(name string) int {
	return slices.IndexFunc(n.keypairs, func(keypair object) bool { return keypair["name"] == name })
}

func keypairNotFound(w http.ResponseWriter, r *http.Request) {
	novaError(w, http.StatusNotFound, "Keypair "+r.PathValue("name")+" not found for user "+userID)
}
