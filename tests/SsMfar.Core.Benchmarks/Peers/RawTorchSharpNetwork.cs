using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SsMfar.Benchmarks.Peers;

/// <summary>
/// <c>Net</c> of <c>peer.py</c> as one would write it with TorchSharp alone: none of the library's modules or kernels.
/// </summary>
internal sealed class RawTorchSharpNetwork : Module<Tensor, (Tensor Expression, Tensor Affect, Tensor Units)>
{
    private const int Hidden = 16;

    // Modules lie in arrays: TorchSharp registers a field that is a module once more, under the field's name.
    private readonly Module<Tensor, Tensor>[] _backbone = [new Backbone()];
    private readonly Dictionary<string, Linear> _heads = new();

    public RawTorchSharpNetwork()
        : base(nameof(RawTorchSharpNetwork))
    {
        register_module("backbone", _backbone[0]);
        Add("expression", Hidden, Training.PaperNetwork.Classes);
        Add("valence_arousal", Hidden, 2);
        Add("action_units", Hidden * Training.PaperNetwork.Units, Training.PaperNetwork.Units);

        void Add(string head, int hidden, int outputs)
        {
            register_module($"{head}_hidden", _heads[$"{head}_hidden"] = Linear(512, hidden));
            register_module($"{head}_output", _heads[$"{head}_output"] = Linear(Hidden, outputs));
        }
    }

    /// <summary>Takes the shared weights, <c>model.*</c>, whose heads have dots in their names.</summary>
    /// <exception cref="InvalidOperationException">One is missing.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> shared)
    {
        using IDisposable off = no_grad();
        foreach ((string name, Tensor value) in state_dict())
        {
            string theirs = name.StartsWith("backbone.", StringComparison.Ordinal)
                ? name
                : $"heads.{name.Replace("_hidden.", ".hidden.", StringComparison.Ordinal).Replace("_output.", ".output.", StringComparison.Ordinal)}";
            if (!name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                value.copy_(shared.GetValueOrDefault($"model.{theirs}")
                    ?? throw new InvalidOperationException($"The shared weights have no 'model.{theirs}'."));
            }
        }
    }

    public override (Tensor Expression, Tensor Affect, Tensor Units) forward(Tensor input)
    {
        Tensor features = functional.normalize(_backbone[0].call(input), dim: 1);
        Tensor hidden = _heads["action_units_hidden"].call(features).relu().view(-1, Training.PaperNetwork.Units, Hidden);
        Linear units = _heads["action_units_output"];
        return (Head("expression"), Head("valence_arousal"), (hidden * units.weight!).sum(2) + units.bias!);

        Tensor Head(string name) => _heads[$"{name}_output"].call(_heads[$"{name}_hidden"].call(features).relu());
    }

    private sealed class Backbone : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor>[] _layers;

        public Backbone()
            : base(nameof(Backbone))
        {
            List<(string, Module<Tensor, Tensor>)> layers =
            [
                ("conv1", Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false)), ("bn1", BatchNorm2d(64)), ("relu", ReLU(inplace: true)),
                ("maxpool", MaxPool2d(3, stride: 2, padding: 1)),
            ];
            int width = 64;
            for (int stage = 0; stage < 4; stage++)
            {
                int outputs = 64 << stage;
                layers.Add(($"layer{stage + 1}", Sequential(
                    ("0", new Block(width, outputs, stage == 0 ? 1 : 2)), ("1", new Block(outputs, outputs, 1)))));
                width = outputs;
            }

            foreach ((string name, Module<Tensor, Tensor> layer) in layers)
            {
                register_module(name, layer);
            }

            _layers = [.. layers.Select(layer => layer.Item2), AdaptiveAvgPool2d(1), Flatten()];
        }

        public override Tensor forward(Tensor input) => _layers.Aggregate(input, (map, layer) => layer.call(map));
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor>[] _path;
        private readonly Module<Tensor, Tensor>[] _shortcut = [];

        public Block(int inputs, int outputs, int stride)
            : base(nameof(Block))
        {
            _path =
            [
                Conv2d(inputs, outputs, 3, stride, padding: 1, bias: false), BatchNorm2d(outputs),
                Conv2d(outputs, outputs, 3, padding: 1, bias: false), BatchNorm2d(outputs),
            ];
            string[] names = ["conv1", "bn1", "conv2", "bn2"];
            for (int i = 0; i < names.Length; i++)
            {
                register_module(names[i], _path[i]);
            }

            if (stride > 1 || inputs != outputs)
            {
                _shortcut = [Sequential(("0", Conv2d(inputs, outputs, 1, stride, bias: false)), ("1", BatchNorm2d(outputs)))];
                register_module("downsample", _shortcut[0]);
            }
        }

        public override Tensor forward(Tensor input)
        {
            Tensor map = _path[3].call(_path[2].call(_path[1].call(_path[0].call(input)).relu_()));
            return map.add_(_shortcut.Aggregate(input, (x, layer) => layer.call(x))).relu_();
        }
    }
}
