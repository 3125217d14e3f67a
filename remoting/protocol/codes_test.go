package protocol

import (
	"maps"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// TestCodes compares both name tables, whose keys are the constants, with Java's: nothing is
// missing, added or misnumbered.
func TestCodes(t *testing.T) {
	var facts struct {
		RequestCode, ResponseCode, RemotingSysResponseCode map[string]int32
		PullSysFlag, TopicSysFlag, PermName                map[string]int32
		ForbiddenType, ConsumeInitMode                     map[string]int32
	}
	golden.Facts(t, "codes", &facts)
	sameCodes(t, "request", requestNames, facts.RequestCode)
	responses := maps.Clone(facts.ResponseCode)
	maps.Copy(responses, facts.RemotingSysResponseCode)
	sameCodes(t, "response", responseNames, responses)

	sameFlags(t, "PullSysFlag", facts.PullSysFlag, map[string]int32{
		"FLAG_COMMIT_OFFSET": PullCommitOffset, "FLAG_SUSPEND": PullSuspend, "FLAG_SUBSCRIPTION": PullSubscription,
		"FLAG_CLASS_FILTER": PullClassFilter, "FLAG_LITE_PULL_MESSAGE": PullLite,
	})
	sameFlags(t, "TopicSysFlag", facts.TopicSysFlag, map[string]int32{"FLAG_UNIT": TopicUnit, "FLAG_UNIT_SUB": TopicUnitSub})
	sameFlags(t, "ForbiddenType", facts.ForbiddenType, map[string]int32{
		"BROKER_FORBIDDEN": ForbiddenBroker, "GROUP_FORBIDDEN": ForbiddenGroup, "TOPIC_FORBIDDEN": ForbiddenTopic,
		"BROADCASTING_DISABLE_FORBIDDEN": ForbiddenBroadcasting, "SUBSCRIPTION_FORBIDDEN": ForbiddenSubscription,
	})
	sameFlags(t, "ConsumeInitMode", facts.ConsumeInitMode, map[string]int32{"MIN": InitMin, "MAX": InitMax})
	perms := map[string]int32{
		"PERM_INHERIT": PermInherit, "PERM_WRITE": PermWrite, "PERM_READ": PermRead, "PERM_PRIORITY": PermPriority,
	}
	maps.DeleteFunc(facts.PermName, func(name string, _ int32) bool { return perms[name] == 0 }) // INDEX_PERM_… are bit numbers
	sameFlags(t, "PermName", facts.PermName, perms)
}

func sameCodes(t *testing.T, kind string, got map[int32]string, want map[string]int32) {
	t.Helper()
	for name, code := range want {
		if got[code] != name {
			t.Errorf("%s code %d is named %q, want %q", kind, code, got[code], name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d %s codes, want %d", len(got), kind, len(want))
	}
}

func sameFlags(t *testing.T, kind string, want, got map[string]int32) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", kind, got, want)
	}
}

func TestNames(t *testing.T) {
	if got := RequestName(SendMessageV2); got != "SEND_MESSAGE_V2" {
		t.Errorf("RequestName(310) = %q", got)
	}
	if got := ResponseName(PullNotFound); got != "PULL_NOT_FOUND" {
		t.Errorf("ResponseName(19) = %q", got)
	}
	if got := RequestName(-1) + ResponseName(999); got != "" {
		t.Errorf("names of unknown codes: %q", got)
	}
}

func TestPermText(t *testing.T) {
	for perm, want := range map[int32]string{
		0: "---", PermInherit: "--X", PermWrite: "-W-", PermRead: "R--", PermRead | PermWrite: "RW-", 7: "RWX", PermPriority: "---",
	} {
		if got := PermText(perm); got != want {
			t.Errorf("PermText(%d) = %q, want %q", perm, got, want)
		}
	}
}
