// What a program names that imports Leibniz: what is analysed, with which options, what comes of it, and what a probe of one's own sees.

@_exported import Analyses
@_exported import Interventions
@_exported import LongRuns
@_exported import Measures
@_exported import Results
@_exported import Subjects

@_exported import struct Checkpoints.ModelPair
@_exported import struct PairedForward.HeadRows
@_exported import struct PairedForward.LayerSummary
@_exported import struct PairedForward.LogitRows
@_exported import struct PairedForward.PatternTile
@_exported import protocol PairedForward.Probe
@_exported import struct PairedForward.ProbeNeeds
@_exported import enum PairedForward.ProbeTask
@_exported import struct PairedForward.ProductRows
@_exported import struct PairedForward.RecurrenceRows
@_exported import struct PairedForward.RoutingRows
@_exported import struct PairedForward.ScoreTile
@_exported import struct PairedForward.StreamRows
@_exported import struct PairedForward.WrittenRows
@_exported import struct Prompts.Prompt
@_exported import struct Prompts.Region
