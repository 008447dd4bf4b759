package namedusers

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// dtos are the shapes of answers: each field with its type. A question mark says that it may be null. Fields are always
// there. Types are guid, text, int, dec, bool, date, any, and the names of other shapes, in brackets for lists.
var dtos = map[string]string{
	"ConsumptionDto": `transaction_id:guid? limitation_id:guid remaining:dec? balance:dec? limit:dec? goodwill:dec?
		last_reset_date_utc:date next_reset_date_utc:date?`,
	"ConsumptionBalanceDto": `limit:dec? remaining:dec? balance:dec last_reset_date_utc:date next_reset_date_utc:date? assignment_id:guid?
		license_id:guid? limitation_id:guid limitation:LimitationDto? reset_mode:int reset_period_days:int? consumption_balance_mode:int`,
	"ConsumptionHeartbeatLazyLoadDto": `consumption_heartbeats:[ConsumptionHeartbeatDto]? max_count:int aggregate_value:dec?`,
	"ConsumptionHeartbeatDto": `id:guid value:dec remaining:dec? balance:dec? assignment_id:guid client_id:text? license_id:guid limitation_id:guid
		limitation:LimitationDto? user_id:text? license_user:LicenseUserDto? created_date_utc:date external_id:text?`,
	"LicenseUserDto": `user_id:text name:text license_id:guid is_active:bool created_date_utc:date? modified_date_utc:date? last_modified_by:text?
		active_sessions:[SessionDto]? license_user_group_id:guid?`,
	"LicenseUserGroupDto":     `id:guid name:text? user_limit:int? created_date_utc:date? modified_date_utc:date? last_modified_by:text?`,
	"BulkDeleteUserResultDto": `userId:text? success:bool errorMessage:text?`,
	"LicenseLimitationDto": `product_id:guid limitation_id:guid limitation_name:text? limitation_description:text? limit:int?
		consumption_reset_mode:int consumption_reset_period_days:int? current_user_transaction_id:guid?`,
	"ProvisioningLimitationDto": `id:guid name:text? description:text? value:int? remaining:dec? balance:dec? consumption_reset_mode:int?
		consumption_reset_period_days:int?`,
	"LicenseDto": `id:guid customer_id:guid product_id:guid template_id:guid token_limit:int name:text? description:text? legacy_license_key:text?
		license_type_id:guid? user_limit:int? floating_token_limit:int? goodwill_token_limit:int? expiration_mode:int? expiration_date_utc:date?
		valid_days_count:int trial_days_count:int start_date_utc:date? date_of_issue_utc:date is_active:bool is_expired:bool date_validity:int
		is_valid:bool is_software_release_valid:bool is_group_valid:bool group_count:int is_temporary:bool software_release_limitation_id:guid?
		license_features:[any]? license_limitations:[LicenseLimitationDto]? license_variables:[any]? license_constrained_variables:[any]?
		license_users:[LicenseUserDto]? license_users_groups:[LicenseUserGroupDto]? customer:any? product:any? template:TemplateDto?
		license_type:any? software_release_limitation:any? prioritized_software_release:any? mail_logs:[any]? client_id:text?
		created_date_utc:date? modified_date_utc:date? last_modified_by:text?`,
	"LicenseStateDto": `product_id:guid license_id:guid legacy_license_key:text? is_active:bool`,
	"TemplateLimitationDto": `template_id:guid limitation_id:guid limitation_name:text? is_adjustable:bool limit:int? consumption_reset_mode:int
		consumption_reset_period_days:int? goodwill:dec? enforce_limit:bool user_provisioning:bool consumption_balance_mode:int is_hidden:bool
		is_customer_portal_hidden:bool alerts:[any]?`,
	"TemplateDto": `id:guid product_id:guid name:text token_limit:int user_limit:int? provisioning_mode:int client_type:int session_period:int?
		floating_token_limit:int? enforce_floating_limit:bool max_floating_sessions_with_same_client_id:int?
		activation_upon_license_creation:int? limitations:[TemplateLimitationDto]? supports_license_user_groups:bool has_strict_heartbeats:bool
		created_date_utc:date? modified_date_utc:date? last_modified_by:text?`,
	"LimitationDto": `id:guid product_id:guid name:text description:text? is_aggregatable:bool created_date_utc:date? modified_date_utc:date?
		last_modified_by:text?`,
	"SessionStatusDto": `is_session_valid:bool session_valid_until:date? session_created_date:date? session_modified_date:date?
		max_open_session_count:int max_active_client_count:int`,
	"SessionDto": `session_id:guid license_id:guid client_id:text user_id:text? created_date_utc:date modified_date_utc:date session_valid_until:date`,
	"LicenseInfoDto": `license_key:guid token_key:guid? license_name:text? client_id:text? product_id:guid template_id:guid provisioning_mode:int
		client_type:int is_license_active:bool is_license_expired:bool is_license_valid:bool date_validity:int start_date_utc:date?
		expiration_date_utc:date? token_limit:int floating_token_limit:int? session_period:int? heartbeat_period:int? freeride:int? features:[any]?
		limitations:[ProvisioningLimitationDto]? variables:[any]? constrained_variables:[any]? license_users:[LicenseUserDto]?`,
	"BaseErrorResponse": `id:int message:text help:text?`,
	"ProblemDetails":    `type:text? title:text status:int detail:text instance:text?`,
}

// enums are the values that clients know; others make them fail.
var enums = map[string]int64{
	"consumption_reset_mode": 5, "reset_mode": 5, "consumption_balance_mode": 1, "provisioning_mode": 1, "client_type": 1, "expiration_mode": 3,
	"activation_upon_license_creation": 5, "date_validity": 2,
}

var (
	guidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	intPattern  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	decPattern  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
)

// shaped tells what is wrong with a value of a type.
func shaped(where, kind string, value any) error {
	if strings.HasSuffix(kind, "?") {
		if value == nil {
			return nil
		}
		kind = strings.TrimSuffix(kind, "?")
	}
	if element, isList := strings.CutPrefix(kind, "["); isList {
		elements, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%s is no list", where)
		}
		for i, e := range elements {
			if err := shaped(fmt.Sprintf("%s.%d", where, i), strings.TrimSuffix(element, "]"), e); err != nil {
				return err
			}
		}
		return nil
	}
	if fields, isDTO := dtos[kind]; isDTO {
		return shapedObject(where, fields, value)
	}
	if !isOf(kind, value) {
		return fmt.Errorf("%s is %v, which is no %s", where, value, kind)
	}
	return nil
}

func shapedObject(where, fields string, value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is no object", where)
	}
	for _, field := range strings.Fields(fields) {
		name, kind, _ := strings.Cut(field, ":")
		inside, there := object[name]
		if !there {
			return fmt.Errorf("%s has no %s", where, name)
		}
		if err := shaped(where+"."+name, kind, inside); err != nil {
			return err
		}
		if most, isEnum := enums[name]; isEnum && inside != nil {
			if n, err := inside.(json.Number).Int64(); err != nil || n < 0 || n > most {
				return fmt.Errorf("%s.%s is %v, which clients do not know", where, name, inside)
			}
		}
	}
	return nil
}

func isOf(kind string, value any) bool {
	said, isText := value.(string)
	number, isNumber := value.(json.Number)
	switch kind {
	case "guid":
		return isText && guidPattern.MatchString(said)
	case "text":
		return isText
	case "int":
		return isNumber && intPattern.MatchString(number.String())
	case "dec":
		return isNumber && decPattern.MatchString(number.String())
	case "bool":
		_, isBool := value.(bool)
		return isBool
	case "date":
		_, err := time.Parse(time.RFC3339Nano, said)
		return isText && err == nil && strings.HasSuffix(said, "Z")
	default: // any
		return value != nil
	}
}
