# clk and clk2 come from one MMCM and are related; the tool times paths between them by itself. What crosses from the
# scratchpads into the dot products at clk2 has half a period of clk, which is what limits the double-pumped array.
set_property SEVERITY {Warning} [get_drc_checks DPIP-1]
set_property SEVERITY {Warning} [get_drc_checks DPOP-1]
