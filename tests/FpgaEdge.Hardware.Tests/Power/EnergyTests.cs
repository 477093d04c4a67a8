namespace FpgaEdge.Hardware.Tests;

/// <summary>Energy from samples, under a clock that the test turns: nothing here waits.</summary>
[TestClass]
public sealed class EnergyTests
{
    private const int Address = 0x40;
    private const double ShuntOhms = 0.005;
    private const long Millisecond = 1_000_000;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(1);

    // Goal: the energy of a waveform that is known exactly is recovered within 1 %, for every frame and for every stage
    // of three, through registers, bus, conversion time and quantisation. Method: a sine of ±40 % around 3 W, sampled
    // every millisecond with jitter; 60 frames of 50 to 120 ms per stage against the waveform's integral.
    [TestMethod]
    [DataRow(7.0)]
    [DataRow(31.0)]
    [DataRow(0.3)]
    public void WaveformIsRecoveredWithinOnePercent(double hertz)
    {
        var load = new PowerWaveform(5, 0.6, 0.24, hertz);
        var bus = new ModelledBus { Parts = { [Address] = new Ina226Model(load, ShuntOhms) }, NowNs = 1_000_000_000 };
        using var part = new Ina226(bus.CreateDevice(Address), ShuntOhms, 4, Period);
        part.Validate();
        var integrator = new EnergyIntegrator(Period);
        var random = new Random(41);
        var schedule = new SamplingSchedule(bus.NowNs, Period);
        double worstFrame = 0;
        for (int stage = 0; stage < 3; stage++)
        {
            double measured = 0;
            double truth = 0;
            for (int frame = 0; frame < 60; frame++)
            {
                long from = bus.NowNs + random.NextInt64(3 * Millisecond);
                Sample(bus, part, integrator, schedule, random, until: from);
                long to = from + random.NextInt64(50 * Millisecond, 120 * Millisecond);
                Sample(bus, part, integrator, schedule, random, until: to);
                double energy = integrator.Joules(from, to)!.Value;
                double exact = load.Joules(from, to);
                worstFrame = Math.Max(worstFrame, Math.Abs(energy - exact) / exact);
                measured += energy;
                truth += exact;
            }
            Console.WriteLine($"stage {stage}: {(measured - truth) / truth:P4}");
            Assert.AreEqual(truth, measured, 0.01 * truth, $"stage {stage}");
        }
        Console.WriteLine($"worst of 180 frames: {worstFrame:P3}");
        Assert.IsLessThan(0.01, worstFrame);
        Assert.AreEqual(0, integrator.Gaps);
    }

    // Goal: the same for a load that steps from waiting to computing with each frame, the worst case at a frame's ends.
    // Method: 1.5 W and 3.5 W, frames of 60 ms at every phase of the sampling.
    [TestMethod]
    public void StepsAtTheEndsOfFramesAreWithinOnePercent()
    {
        var load = new SteppingLoad();
        var integrator = new EnergyIntegrator(Period);
        long now = 0;
        double worst = 0;
        integrator.Add(now, load.MeanWatts(-Millisecond, 0));
        for (int frame = 0; frame < 400; frame++)
        {
            long from = now + (20 * Millisecond) + (frame * 7_919 % Millisecond);
            long to = from + (60 * Millisecond);
            load.Busy = (from, to);
            while (now < to)
            {
                now += Millisecond;
                integrator.Add(now, load.MeanWatts(now - Millisecond, now));
            }
            double exact = 3.5 * 0.060;
            worst = Math.Max(worst, Math.Abs(integrator.Joules(from, to)!.Value - exact) / exact);
        }
        Console.WriteLine($"worst of 400 frames: {worst:P3}");
        Assert.IsLessThan(0.01, worst);
    }

    // Goal: missing samples are marked and excluded; an interval that touches a gap has no figure, and never 0. Method:
    // a second without samples in the middle.
    [TestMethod]
    public void GapsAreMarkedAndExcluded()
    {
        var integrator = new EnergyIntegrator(Period);
        long now = 0;
        for (int i = 0; i < 100; i++)
        {
            integrator.Add(now += Millisecond, 2);
        }
        long gapStart = now;
        now += 1000 * Millisecond;
        for (int i = 0; i < 100; i++)
        {
            integrator.Add(now += Millisecond, 2);
        }
        Assert.AreEqual(1, integrator.Gaps);
        Assert.AreEqual(1001 * Millisecond, integrator.GapNs);
        Assert.IsNull(integrator.Joules(gapStart - (10 * Millisecond), now));
        Assert.IsNull(integrator.Joules(gapStart + (10 * Millisecond), gapStart + (20 * Millisecond)));
        Assert.IsNull(integrator.Joules(gapStart + (10 * Millisecond), now));
        Assert.AreEqual(0.1, integrator.Joules(gapStart - (60 * Millisecond), gapStart - (10 * Millisecond))!.Value, 1e-9);
        Assert.AreEqual(0.1, integrator.Joules(now - (60 * Millisecond), now - (10 * Millisecond))!.Value, 1e-9);
        // Two periods are not a gap yet, three are.
        integrator.Add(now += 2 * Millisecond, 2);
        Assert.AreEqual(1, integrator.Gaps);
        integrator.Add(now += 3 * Millisecond, 2);
        Assert.AreEqual(2, integrator.Gaps);
    }

    // Goal: what is outside the samples is not known. Method: before the first, after the last, without any.
    [TestMethod]
    public void OutsideTheSamplesNothingIsKnown()
    {
        var integrator = new EnergyIntegrator(Period);
        Assert.IsNull(integrator.Joules(0, 10 * Millisecond));
        integrator.Add(100 * Millisecond, 1);
        integrator.Add(101 * Millisecond, 1);
        Assert.IsNull(integrator.Joules(90 * Millisecond, 101 * Millisecond));
        Assert.IsNull(integrator.Joules(100 * Millisecond, 110 * Millisecond));
        Assert.AreEqual(0.0015, integrator.Joules(100 * Millisecond, 101_500_000)!.Value, 1e-12);
        for (int i = 102; i < 40_000; i++)
        {
            integrator.Add(i * Millisecond, 1);
        }
        Assert.IsNull(integrator.Joules(100 * Millisecond, 39_000 * Millisecond), "no longer kept");
        Assert.AreEqual(1.0, integrator.Joules(38_000 * Millisecond, 39_000 * Millisecond)!.Value, 1e-9);
    }

    // Goal: energy of a current that flows back is negative. Method: a negative load.
    [TestMethod]
    public void EnergyThatFlowsBackIsNegative()
    {
        var integrator = new EnergyIntegrator(Period);
        for (int i = 0; i <= 100; i++)
        {
            integrator.Add(i * Millisecond, -2.5);
        }
        Assert.AreEqual(-0.2, integrator.Joules(10 * Millisecond, 90 * Millisecond)!.Value, 1e-9);
    }

    // Goal: over ten minutes the sampling period is off by less than 0.1 %, whatever each sample takes, and what was
    // missed is counted. Method: 600,000 samples of random duration, some longer than the period.
    [TestMethod]
    public void SamplingDoesNotDrift()
    {
        var random = new Random(3);
        long start = 12_345;
        var schedule = new SamplingSchedule(start, Period);
        long now = start;
        long samples = 0;
        long missed = 0;
        long last = 0;
        while (now < start + (600_000 * Millisecond))
        {
            now = Math.Max(now, schedule.DueNs) + random.Next(80_000);
            last = now;
            samples++;
            now += random.Next(100) == 0 ? random.NextInt64(5 * Millisecond) : random.NextInt64(400_000);
            missed += schedule.Advance(now);
            Assert.IsGreaterThan(now - Millisecond, schedule.DueNs);
        }
        double period = (double)(last - start) / (samples + missed - 1);
        Console.WriteLine($"mean period off by {(period - Millisecond) / Millisecond:P6} over {samples + missed} periods");
        Assert.AreEqual(Millisecond, period, 0.001 * Millisecond);
        Assert.IsGreaterThan(1000, missed);
    }

    private static void Sample(
        ModelledBus bus, Ina226 part, EnergyIntegrator integrator, SamplingSchedule schedule, Random random, long until)
    {
        while (bus.NowNs <= until)
        {
            bus.NowNs = Math.Max(bus.NowNs, schedule.DueNs) + random.Next(60_000);
            integrator.Add(bus.NowNs, part.Read().Watts);
            schedule.Advance(bus.NowNs);
        }
    }

    private sealed class SteppingLoad
    {
        public (long From, long To) Busy { get; set; }

        public double MeanWatts(long from, long to)
        {
            long busy = Math.Max(0, Math.Min(to, Busy.To) - Math.Max(from, Busy.From));
            return ((3.5 * busy) + (1.5 * (to - from - busy))) / (to - from);
        }
    }
}
