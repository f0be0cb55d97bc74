-- Hyprland for the tests: one output, no animation, Super+Space as the README says.
hl.monitor({ output = "", mode = "1280x720", position = "auto", scale = 1 })
hl.config({
    misc = { disable_hyprland_logo = true, disable_splash_rendering = true },
    animations = { enabled = false },
    -- Without a graphics card each of them takes seconds.
    decoration = { blur = { enabled = false }, shadow = { enabled = false } },
    -- An emulated machine is slow enough for keys to repeat.
    input = { repeat_delay = 2000 },
    ecosystem = { no_update_news = true, no_donation_nag = true },
})
hl.bind("SUPER + space", hl.dsp.exec_cmd("nerva-ui"))
