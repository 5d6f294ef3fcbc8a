// Package kubernetes has the arguments of an object of any kind.
package kubernetes

import "reflect"

// UntypedArgs are the fields of an object as its manifest has them; values may be outputs.
type UntypedArgs map[string]any

// ElementType is that of the value the arguments resolve to.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]any]()
}
