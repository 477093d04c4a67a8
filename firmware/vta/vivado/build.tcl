# Builds a bitstream of the accelerator for a board in bsp/ with the vendor's tool. Not run here: the tool cannot be had; the
# script is checked for syntax and against every board.json by check.tcl beside it.
#
#   vivado -mode batch -source firmware/vta/vivado/build.tcl -tclargs pynq-z2 [config=firmware/vta/config/X.json] [ports=1|2]
#
# Design: processing system, one AXI4-Lite slave of 16 KiB at the base of board.json on M_AXI_GP0 (Zynq-7000) or
# M_AXI_HPM0_FPD (UltraScale+); port 0 into the coherent port (S_AXI_ACP or S_AXI_HPC0_FPD), port 1, which only reads what
# the processor has flushed, into S_AXI_HP0 or S_AXI_HP0_FPD. clk2 is twice clk from the same MMCM, so the two are aligned;
# core_clk is clk again behind a buffer with an enable, by which the accelerator stops most of itself while it waits.

set here [file dirname [file normalize [info script]]]
set root [file normalize [file join $here .. .. ..]]

# The value of a key in a JSON text, below an optional object of another key; enough for the flat files read here.
proc json_value {text key {inside ""}} {
  if {$inside ne ""} {
    if {![regexp "\"$inside\"\\s*:\\s*\\u007b(.*)" $text -> text]} { error "expected the object $inside" }
  }
  if {[regexp "\"$key\"\\s*:\\s*\"(\[^\"\]*)\"" $text -> value] && [regexp "\"$key\"\\s*:\\s*\"" $text]} { return $value }
  if {[regexp "\"$key\"\\s*:\\s*(-?\[0-9.\]+|true|false)" $text -> value]} { return $value }
  error "expected the key $key"
}

proc read_text {path} {
  set file [open $path r]
  set text [read $file]
  close $file
  return $text
}

# What a board needs: part, families and ports, from its board.json and the configuration.
proc board_design {root board config_file ports} {
  set parts {xc7z010 xc7z010clg400-1 xc7z020 xc7z020clg400-1 xczu3eg xczu3eg-sbva484-1-e xczu7ev xczu7ev-ffvc1156-2-e
    xczu9eg xczu9eg-ffvb1156-2-e xck26 xck26-sfvc784-2LV-c}
  set packages {zedboard xc7z020clg484-1 zc702 xc7z020clg484-1}
  set path [file join $root bsp $board board.json]
  if {![file exists $path]} { error "board '$board': expected a folder of bsp/ with a board.json" }
  set text [read_text $path]
  set soc [json_value $text soc]
  if {[dict exists $packages $board]} {
    set part [dict get $packages $board]
  } elseif {[dict exists $parts $soc]} {
    set part [dict get $parts $soc]
  } else {
    error "board '$board': no part known for its soc '$soc'"
  }
  set seven [string match xc7* $soc]
  # 333 MHz of the published designs needs their own pipelining; this one is laid out for 100 MHz, 200 MHz for clk2.
  set clock [expr {min([json_value $text clockHertz accelerator], 100000000)}]
  set design [dict create board $board soc $soc part $part seven $seven clock $clock ports $ports \
    base [json_value $text base registers] bytes [expr {4 * 4096}] \
    control [expr {$seven ? "M_AXI_GP0" : "M_AXI_HPM0_FPD"}] \
    coherent [expr {$seven ? "S_AXI_ACP" : "S_AXI_HPC0_FPD"}] \
    second [expr {$seven ? "S_AXI_HP0" : "S_AXI_HP0_FPD"}] prot [expr {$seven ? 0 : 2}]]
  set config [read_text $config_file]
  foreach key {LOG_INP_WIDTH LOG_WGT_WIDTH LOG_ACC_WIDTH LOG_BATCH LOG_BLOCK LOG_UOP_BUFF_SIZE LOG_INP_BUFF_SIZE
      LOG_WGT_BUFF_SIZE LOG_ACC_BUFF_SIZE} {
    dict set design parameters $key [json_value $config $key]
  }
  dict set design parameters LEGACY_ISA [expr {[json_value $text isa accelerator] eq "legacy"}]
  dict set design parameters PORTS $ports
  dict set design parameters DOUBLE_PUMP [expr {[dict get $design parameters LOG_BATCH] > 0}]
  dict set design parameters PROT [dict get $design prot]
  return $design
}

# Block design, constraints, synthesis, implementation, bitstream.
proc build {root here design} {
  dict with design {
    set out [file join $root out vivado $board]
    create_project -force vta $out -part $part
    add_files -norecurse [concat [glob [file join $root firmware vta rtl *.sv]] [glob [file join $root firmware vta rtl *.svh]] \
      [list [file join $here vta_axi.v]]]
    set_property file_type {Verilog Header} [get_files *.svh]
    create_bd_design system
    if {$seven} {
      set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps]
      set_property -dict [list CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ 100 CONFIG.PCW_USE_M_AXI_GP0 1 CONFIG.PCW_USE_S_AXI_ACP 1 \
        CONFIG.PCW_USE_DEFAULT_ACP_USER_VAL 1 CONFIG.PCW_USE_S_AXI_HP0 [expr {$ports == 2}]] $ps
      set ps_clock ps/FCLK_CLK0
      set ps_reset ps/FCLK_RESET0_N
      set control_clock ps/M_AXI_GP0_ACLK
      set coherent_clock ps/S_AXI_ACP_ACLK
      set second_clock ps/S_AXI_HP0_ACLK
    } else {
      set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:zynq_ultra_ps_e ps]
      set_property -dict [list CONFIG.PSU__FPGA_PL0_ENABLE 1 CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ 100 \
        CONFIG.PSU__USE__M_AXI_GP0 1 CONFIG.PSU__USE__M_AXI_GP1 0 CONFIG.PSU__USE__M_AXI_GP2 0 CONFIG.PSU__USE__S_AXI_GP0 1 \
        CONFIG.PSU__USE__S_AXI_GP2 [expr {$ports == 2}]] $ps
      set ps_clock ps/pl_clk0
      set ps_reset ps/pl_resetn0
      set control_clock ps/maxihpm0_fpd_aclk
      set coherent_clock ps/saxihpc0_fpd_aclk
      set second_clock ps/saxihp0_fpd_aclk
    }
    set megahertz [expr {$clock / 1e6}]
    set clocks [create_bd_cell -type ip -vlnv xilinx.com:ip:clk_wiz clocks]
    set_property -dict [list CONFIG.PRIM_IN_FREQ 100.000 CONFIG.CLKOUT2_USED true CONFIG.CLKOUT1_REQUESTED_OUT_FREQ $megahertz \
      CONFIG.CLKOUT2_REQUESTED_OUT_FREQ [expr {2 * $megahertz}] CONFIG.CLKOUT3_USED true \
      CONFIG.CLKOUT3_REQUESTED_OUT_FREQ $megahertz CONFIG.CLKOUT3_DRIVES BUFGCE CONFIG.USE_RESET false] $clocks
    set reset [create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset reset]
    set vta [create_bd_cell -type module -reference vta_axi vta]
    set settings {}
    dict for {key value} $parameters { lappend settings CONFIG.$key $value }
    set_property -dict $settings $vta
    connect_bd_net [get_bd_pins $ps_clock] [get_bd_pins clocks/clk_in1]
    connect_bd_net [get_bd_pins $ps_reset] [get_bd_pins reset/ext_reset_in]
    connect_bd_net [get_bd_pins clocks/locked] [get_bd_pins reset/dcm_locked]
    connect_bd_net [get_bd_pins clocks/clk_out1] [get_bd_pins reset/slowest_sync_clk] [get_bd_pins vta/clk] \
      [get_bd_pins $control_clock] [get_bd_pins $coherent_clock]
    connect_bd_net [get_bd_pins clocks/clk_out2] [get_bd_pins vta/clk2]
    connect_bd_net [get_bd_pins clocks/clk_out3] [get_bd_pins vta/core_clk]
    connect_bd_net [get_bd_pins vta/core_on] [get_bd_pins clocks/clk_out3_ce]
    connect_bd_net [get_bd_pins reset/peripheral_aresetn] [get_bd_pins vta/resetn]
    connect ps/$control vta/s_axi
    connect vta/m0_axi ps/$coherent
    if {$ports == 2} {
      connect_bd_net [get_bd_pins clocks/clk_out1] [get_bd_pins $second_clock]
      connect vta/m1_axi ps/$second
    }
    assign_bd_address -offset $base -range $bytes -target_address_space [get_bd_addr_spaces ps/Data] \
      [get_bd_addr_segs vta/s_axi/reg0]
    assign_bd_address
    validate_bd_design
    make_wrapper -files [get_files system.bd] -top -import
    set_property top system_wrapper [current_fileset]
    add_files -fileset constrs_1 -norecurse [file join $here timing.xdc]
    launch_runs impl_1 -to_step write_bitstream -jobs 4
    wait_on_run impl_1
    if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} { error "implementation did not finish; see $out" }
    if {[get_property STATS.WNS [get_runs impl_1]] < 0} { error "timing is not met; see $out" }
    file copy -force [file join $out vta.runs impl_1 system_wrapper.bit] [file join $out $board.bit]
  }
}

# A SmartConnect between two AXI interfaces: it converts protocol and width.
proc connect {master slave} {
  set name sc_[string map {/ _} $master]
  set cell [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect $name]
  set_property -dict [list CONFIG.NUM_SI 1 CONFIG.NUM_MI 1] $cell
  connect_bd_net [get_bd_pins clocks/clk_out1] [get_bd_pins $name/aclk]
  connect_bd_net [get_bd_pins reset/interconnect_aresetn] [get_bd_pins $name/aresetn]
  connect_bd_intf_net [get_bd_intf_pins $master] [get_bd_intf_pins $name/S00_AXI]
  connect_bd_intf_net [get_bd_intf_pins $name/M00_AXI] [get_bd_intf_pins $slave]
}

if {![info exists checking]} {
  if {[llength $argv] < 1} { error "expected a board of bsp/, for example: -tclargs pynq-z2" }
  set config [file join $root firmware vta config 1x16_i8w8a32_15_15_18_17.json]
  set ports 1
  foreach setting [lrange $argv 1 end] {
    switch -glob $setting {
      config=* { set config [string range $setting 7 end] }
      ports=[12] { set ports [string range $setting 6 end] }
      default { error "expected config=FILE or ports=1|2, found '$setting'" }
    }
  }
  build $root $here [board_design $root [lindex $argv 0] $config $ports]
}
