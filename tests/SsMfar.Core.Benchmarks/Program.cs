using System.CommandLine;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Benchmarks.Training;
using SsMfar.Benchmarks.Weights;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

Option<string> python = new("--python") { Description = "The Python interpreter with PyTorch.", DefaultValueFactory = _ => "python3", Recursive = true };
Option<int> threads = new("--threads") { Description = "Threads on each side.", DefaultValueFactory = _ => Math.Min(2, Environment.ProcessorCount), Recursive = true };
Option<int> rounds = new("--rounds") { Description = "Turns of each side.", DefaultValueFactory = _ => 7, Recursive = true };
Option<string> device = new("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => "cpu", Recursive = true };
Option<string?> faces = new("--faces") { Description = "A folder with train.txt and its images; drawn faces without.", Recursive = true };
Option<int> batch = new("--batch") { DefaultValueFactory = _ => 32 };
Option<int> size = new("--size") { DefaultValueFactory = _ => 112 };
Option<ComputePrecision> precision = new("--precision") { DefaultValueFactory = _ => ComputePrecision.Full };

// Each measurement is a command of its own; without one, all run.
RootCommand root = new("Measures SsMfar beside its peers. Run it on a quiet machine.") { python, threads, rounds, device, faces };
Command step = new("step", "A full training step against PyTorch's.") { batch, size, precision };
step.SetAction(parsed => StepBenchmark.Run(Prepare(parsed), parsed.GetValue(batch), parsed.GetValue(size), parsed.GetValue(precision)));
root.Add(step);
root.Add(FirstPredictionCommand.Create(python, threads));
root.Add(LatencyCommand.Create(python, threads));
root.Add(OverheadCommand.Create(threads));
root.Add(AgreementCommand.Create());
root.Add(PublishedSizeCommand.Create());
root.Add(WeightsCommand.Create());
return await root.Parse(args).InvokeAsync();

MeasurementOptions Prepare(ParseResult parsed)
{
    TorchRuntime.Initialize();
    torch.set_num_threads(parsed.GetValue(threads));
    Table.WriteHeader();
    return new(parsed.GetValue(python)!, parsed.GetValue(threads), parsed.GetValue(rounds), parsed.GetValue(device)!, parsed.GetValue(faces));
}
