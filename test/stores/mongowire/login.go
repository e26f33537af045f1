// SPDX-License-Identifier: Apache-2.0

package mongowire

import (
	"errors"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
)

const mechanism = "SCRAM-SHA-256"

func (s *Server) setUser(user, password string) {
	s.tb.Helper()
	client, err := scram.SHA256.NewClient(user, password, "")
	if err != nil {
		s.tb.Fatal(err)
	}
	s.user = user
	s.credentials, err = client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "the salt", Iters: 4096})
	if err != nil {
		s.tb.Fatal(err)
	}
}

// login is the login of a connection.
type login struct {
	server       *Server
	conversation *scram.ServerConversation
	done         bool
}

var errLogin = commandError{18, "AuthenticationFailed", "Authentication failed."}

// step answers saslStart and saslContinue.
func (l *login) step(command bson.Raw) (bson.D, error) {
	if mechanismName, ok := command.Lookup("mechanism").StringValueOK(); ok {
		server, err := scram.SHA256.NewServer(func(user string) (scram.StoredCredentials, error) {
			if user != l.server.user {
				return scram.StoredCredentials{}, errors.New("unknown user")
			}
			return l.server.credentials, nil
		})
		if err != nil || mechanismName != mechanism {
			return nil, errLogin
		}
		l.conversation = server.NewConversation()
	}
	_, payload, ok := command.Lookup("payload").BinaryOK()
	if l.conversation == nil || !ok {
		return nil, errLogin
	}
	var text string
	if !l.conversation.Done() { // a client may send one more empty message
		var err error
		if text, err = l.conversation.Step(string(payload)); err != nil {
			return nil, errLogin
		}
		l.done = l.conversation.Valid()
	}
	return bson.D{
		{Key: "conversationId", Value: int32(1)},
		{Key: "done", Value: l.conversation.Done() && len(payload) == 0},
		{Key: "payload", Value: bson.Binary{Data: []byte(text)}},
	}, nil
}
