# tclsh check.tcl: runs build.tcl with every command of the vendor's tool replaced by a recorder, for every board in bsp/, and
# compares what it would set with board.json. Shows syntax and agreement, not that the tool accepts it.
set checking 1
set script [file join [file dirname [file normalize [info script]]] build.tcl]
set f [open $script r]
set content [read $f]
close $f
if {![info complete $content]} { puts stderr "build.tcl: unbalanced braces or quotes"; exit 1 }
source $script
set here [file dirname $script]
set calls {}
foreach name {create_project add_files set_property create_bd_design create_bd_cell connect_bd_net connect_bd_intf_net
    assign_bd_address validate_bd_design make_wrapper launch_runs wait_on_run} {
  proc $name {args} [format {lappend ::calls [linsert $args 0 %s]; return [lindex $args end]} $name]
}
foreach name {get_files get_bd_pins get_bd_intf_pins get_bd_addr_spaces get_bd_addr_segs get_runs current_fileset} {
  proc $name {args} { return [lindex $args end] }
}
proc get_property {name args} { return [expr {$name eq "PROGRESS" ? "100%" : 0.1}] }
rename file real_file
proc file {args} { if {[lindex $args 0] ne "copy"} { return [uplevel 1 real_file $args] } }
set failures 0
proc expect {board what expected found} {
  if {$expected ne $found} { puts stderr "$board: $what: expected $expected, found $found"; incr ::failures }
}
set boards 0
foreach path [lsort [glob [file join $root bsp * board.json]]] {
  set board [file tail [file dirname $path]]
  set text [read_text $path]
  if {[json_value $text access] ne "physical"} { continue }
  incr boards
  foreach {ports config} {1 1x16_i8w8a32_15_15_18_17 2 2x16_i8w8a32_15_15_18_17} {
    set calls {}
    build $root $here [board_design $root $board [file join $root firmware vta config $config.json] $ports]
    set address [lindex [lsearch -all -inline -index 0 $calls assign_bd_address] 0]
    expect $board "register base" [json_value $text base registers] [lindex $address 2]
    expect $board "register bytes" 16384 [lindex $address 4]
    set part [lindex [lsearch -inline -index 0 $calls create_project] end]
    expect $board "part of [json_value $text soc]" 1 [string match [json_value $text soc]* $part]
    set links [lsearch -all -inline -index 0 $calls connect_bd_intf_net]
    expect $board "interfaces" [expr {2 * (1 + $ports)}] [llength $links]
    set seven [string match xc7* [json_value $text soc]]
    expect $board "coherent port" [expr {$seven ? "ps/S_AXI_ACP" : "ps/S_AXI_HPC0_FPD"}] [lindex $links 3 2]
    expect $board "coherent" true [json_value $text coherent dma]
    set parameters [lindex [lsearch -inline -glob $calls {set_property -dict*CONFIG.LOG_BATCH*}] 2]
    expect $board "PORTS" $ports [dict get $parameters CONFIG.PORTS]
    expect $board "instruction set" [expr {[json_value $text isa accelerator] eq "legacy"}] [dict get $parameters CONFIG.LEGACY_ISA]
  }
}
if {$boards == 0} { puts stderr "no physical board in bsp/"; exit 1 }
puts "$boards boards, $failures differences"
exit [expr {$failures > 0}]
